/** The deployables that speak gRPC to each other; the name stands in a service's certificate. */
export const SERVICES = ['auth', 'scheduler', 'crawler', 'storage', 'restore', 'reporting', 'gateway'] as const;
export type ServiceName = (typeof SERVICES)[number];

export function isServiceName(text: string): text is ServiceName {
  return SERVICES.some((name) => name === text);
}
