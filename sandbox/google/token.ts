/**
 * The token endpoint: a JWT signed by the service account for an access token in the name of a user of the workspace.
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
import { randomBytes, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { ServiceAccount } from './serviceAccount.ts';

export interface Token {
  /** The impersonated user; null for the service account itself. */
  subject: string | null;
  scopes: readonly string[];
  expiresAt: number;
}

export interface TokenAnswer {
  status: number;
  body: Record<string, unknown>;
}

export interface TokenRules {
  account: ServiceAccount;
  publicKey: KeyObject;
  /** The scopes that the workspace's administrator granted, letter for letter; null: no delegation. */
  grantedScopes: readonly string[] | null;
  audiences: readonly string[];
  isActiveUser: (email: string) => boolean;
  nowMs: number;
}

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const skewSeconds = 300;
const longestSeconds = 3_600;

const headerSchema = z.object({
  alg: z.string(),
  typ: z.literal('JWT').optional(),
  kid: z.string().optional(),
});
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().optional(),
  scope: z.string().optional(),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
});

const refuse = (status: number, error: string, description: string): TokenAnswer => ({
  status,
  body: { error, error_description: description },
});
const invalidGrant = (description: string): TokenAnswer => refuse(400, 'invalid_grant', description);

const decode = <T>(part: string, schema: z.ZodType<T>): T | undefined => {
  try {
    return schema.parse(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
};

const isShortLived = (iat: number, exp: number, nowMs: number): boolean => {
  const now = nowMs / 1_000;
  return exp > now - skewSeconds && exp > iat && exp - iat <= longestSeconds && iat <= now + skewSeconds;
};

/** Answers a request's form; a good one adds the token to `tokens`. */
export const answerTokenRequest = (
  form: unknown,
  rules: TokenRules,
  tokens: Map<string, Token>,
): TokenAnswer => {
  const fields = z
    .object({ grant_type: z.string().optional(), assertion: z.string().optional() })
    .safeParse(form);
  if (!fields.success || fields.data.grant_type === undefined) {
    return refuse(400, 'invalid_request', 'Missing required parameter: grant_type');
  }
  if (fields.data.grant_type !== grantType) {
    return refuse(400, 'unsupported_grant_type', `Invalid grant_type: ${fields.data.grant_type}`);
  }
  const { assertion } = fields.data;
  if (assertion === undefined) {
    return refuse(400, 'invalid_request', 'Missing required parameter: assertion');
  }
  const [head, payload, signature, ...rest] = assertion.split('.');
  if (head === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return invalidGrant('Invalid JWT: wrong number of segments.');
  }
  const header = decode(head, headerSchema);
  const claims = decode(payload, claimsSchema);
  if (header === undefined || claims === undefined)
    return invalidGrant('Invalid JWT: required parts missing.');

  const { account } = rules;
  if (claims.iss !== account.clientEmail) return invalidGrant('Invalid grant: account not found');
  const isSigned =
    header.alg === 'RS256' &&
    (header.kid === undefined || header.kid === account.privateKeyId) &&
    verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${payload}`),
      rules.publicKey,
      Buffer.from(signature, 'base64url'),
    );
  if (!isSigned) return invalidGrant('Invalid JWT Signature.');
  if (!rules.audiences.includes(claims.aud)) {
    return invalidGrant(`Invalid JWT: Failed audience check. The right audience is ${rules.audiences[0]}`);
  }
  if (!isShortLived(claims.iat, claims.exp, rules.nowMs)) {
    return invalidGrant(
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    );
  }
  const scopes = (claims.scope ?? '').split(' ').filter(Boolean);
  if (scopes.length === 0) return refuse(400, 'invalid_scope', 'Empty or missing scope not allowed.');
  if (claims.sub !== undefined && claims.sub !== account.clientEmail) {
    const granted = rules.grantedScopes;
    if (granted === null || scopes.some((scope) => !granted.includes(scope))) {
      return refuse(
        401,
        'unauthorized_client',
        'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
      );
    }
    if (!rules.isActiveUser(claims.sub)) return invalidGrant('Invalid email or User ID');
  }
  const accessToken = `ya29.${randomBytes(48).toString('base64url')}`;
  const subject =
    claims.sub === undefined || claims.sub === account.clientEmail ? null : claims.sub.toLowerCase();
  tokens.set(accessToken, { subject, scopes, expiresAt: rules.nowMs + longestSeconds * 1_000 });
  return { status: 200, body: { access_token: accessToken, expires_in: 3_599, token_type: 'Bearer' } };
};
