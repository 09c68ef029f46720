/** One thing that was tried, in words that an administrator can act on. */
export interface TestStep {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly missingPermissions: readonly string[];
}

/** What was found: the part of libs/graph's ConnectionReport that the steps are made of. */
export interface Findings {
  readonly permissions: readonly {
    readonly workload: string;
    readonly purpose: string;
    readonly what: string;
    readonly missing: string | undefined;
  }[];
  readonly probes: readonly {
    readonly workload: string;
    readonly what: string;
    readonly problem: string | undefined;
  }[];
}

/** The steps of a tenant's test: signing in, then for each workload its permissions by purpose and its probes. */
export function testSteps({ permissions, probes }: Findings): readonly TestStep[] {
  const signIn: TestStep = {
    name: 'sign-in',
    ok: true,
    message: 'Microsoft took the credential.',
    missingPermissions: [],
  };
  const purposes = [...new Set(permissions.map(({ workload, purpose }) => `${workload} ${purpose}`))];
  const rights = purposes.map((name) => {
    const [workload, purpose] = name.split(' ');
    const missing = permissions
      .filter((finding) => finding.workload === workload && finding.purpose === purpose)
      .flatMap((finding) => finding.missing ?? []);
    return rightsStep(name, missing);
  });
  const calls = probes.map(({ workload, what, problem }) => ({
    name: `${workload}: ${what}`,
    ok: problem === undefined,
    message: problem ?? 'Works.',
    missingPermissions: [],
  }));
  return [signIn, ...rights, ...calls];
}

function rightsStep(name: string, missing: readonly string[]): TestStep {
  if (missing.length === 0) return { name, ok: true, message: 'All permissions are granted.', missingPermissions: [] };
  const names = [...new Set(missing)];
  return {
    name,
    ok: false,
    message: `Missing: ${names.join(', ')}. Add as application permissions to the app registration and grant admin consent.`,
    missingPermissions: names,
  };
}
