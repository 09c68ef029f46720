import { AppError } from '@holdfast/kernel';

/** Where one Microsoft cloud answers. A simulator or a sovereign cloud without a name here is given by its fields. */
export interface CloudSettings {
  readonly name: string;
  /** Origin of the sign-in host, `https://…`, without a path. */
  readonly loginBaseUrl: string;
  /** Origin of the Graph host, `https://…`, without a path. */
  readonly graphBaseUrl: string;
  /** What tokens are asked for, where it is not the Graph host itself. */
  readonly graphResource?: string;
  /** Certificate authorities in PEM that are trusted beside the machine's own. Checks are never turned off. */
  readonly caPem?: string;
}

/** Tokens and app registrations belong to one cloud. [Graph documentation: concepts/deployments.md] */
export const CLOUDS = {
  global: cloud('global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'),
  'us-gov-l4': cloud('us-gov-l4', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'),
  'us-gov-l5': cloud('us-gov-l5', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'),
  china: cloud('china', 'https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'),
} as const satisfies Record<string, CloudSettings>;

export type CloudName = keyof typeof CLOUDS;

/** The settings of a Microsoft cloud by name. */
export function cloudByName(name: string): CloudSettings {
  if (Object.hasOwn(CLOUDS, name)) return CLOUDS[name as CloudName];
  throw new AppError('INVALID_ARGUMENT', `The cloud has to be one of ${Object.keys(CLOUDS).join(', ')}.`, {
    context: { field: 'cloud' },
  });
}

/** Checks the settings of a cloud that is given by its fields, and reduces both addresses to their origins. */
export function customCloud(settings: CloudSettings): CloudSettings {
  return {
    ...settings,
    loginBaseUrl: httpsOrigin('loginBaseUrl', settings.loginBaseUrl),
    graphBaseUrl: httpsOrigin('graphBaseUrl', settings.graphBaseUrl),
  };
}

function cloud(name: string, loginBaseUrl: string, graphBaseUrl: string): CloudSettings {
  return { name, loginBaseUrl, graphBaseUrl };
}

function httpsOrigin(field: string, text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.username !== '' || (url.pathname !== '/' && url.pathname !== '')) {
    throw new AppError('INVALID_ARGUMENT', `${field} has to be an address like https://host:port, without a path.`, {
      context: { field },
    });
  }
  return url.origin;
}
