/** What an administrator does about a refused sign-in. [entra-docs: identity-platform/reference-error-codes.md] */
export const AADSTS: Readonly<Record<number, string>> = {
  7000215: 'The client secret is wrong. Enter the secret’s value (not its id) from the app registration.',
  7000222: 'The client secret has expired. Make another one in the app registration and enter it.',
  7000218: 'The app registration asks for a credential. Enter its client secret or certificate.',
  700027: 'The certificate is not the one registered with the app, or its private key does not belong to it.',
  700016: 'The app is not known in this directory. Check client id and directory id, and give admin consent.',
  7000112: 'The app is disabled in this directory. Enable it under enterprise applications.',
  50194: 'The app is registered for one directory only. Make it multi-tenant, or use the customer’s own app.',
  500011: 'The directory has no Microsoft Graph for this app: give admin consent, and check that the cloud is right.',
  650052: 'The directory has no subscription for a service that the app asks for.',
  65001: 'Consent was never given. An administrator has to authorise the app.',
  65004: 'Consent was declined. An administrator has to authorise the app.',
  65005: 'The app registration asks for permissions that the directory does not know.',
  650056: 'The app registration is misconfigured: add the application permissions, then give admin consent.',
  90094: 'An administrator has to give consent.',
  90095: 'An administrator has to give consent.',
  90002: 'The directory does not exist in this cloud. Check the directory id and the cloud.',
  900023: 'The directory id is neither a GUID nor a verified domain name.',
  90038: 'The directory belongs to another cloud. Choose the right cloud.',
  900382: 'The directory belongs to another cloud. Choose the right cloud.',
  70011: 'The scope is not valid in this cloud. Choose the right cloud.',
  53003: 'A conditional access policy blocks the app. Exclude it, or allow our addresses.',
  530032: 'A security policy of the directory blocks the app.',
  50057: 'The account is disabled.',
};

/** Codes that mean "later", not "no". */
export const AADSTS_PASSING: ReadonlySet<number> = new Set([90033, 90055, 50196, 90025]);
