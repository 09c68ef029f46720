/** The application permissions in a token's `roles` claim. The token is Microsoft's affair: anything unreadable counts as none. */
export function rolesOf(token: string): readonly string[] {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof payload !== 'object' || payload === null || !('roles' in payload)) return [];
    return Array.isArray(payload.roles) ? payload.roles.filter((role) => typeof role === 'string') : [];
  } catch {
    return [];
  }
}
