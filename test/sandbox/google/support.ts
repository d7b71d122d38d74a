import { createSign } from 'node:crypto';
import type { Listening } from '../../../sandbox/common/listen.ts';
import {
  createGoogleSandbox,
  type GoogleOptions,
  type GoogleSandbox,
} from '../../../sandbox/google/index.ts';

export const calendarScope = 'https://www.googleapis.com/auth/calendar';
export const sam = 'sam@acme.example';
export const sol = 'sol@acme.example';

export interface Claims {
  iss?: string;
  sub?: string | undefined;
  scope?: string;
  aud?: string;
  iat?: number;
  exp?: number;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A sandbox with two users, and a caller that does what a client of a service account does, by hand. */
export class GoogleFixture {
  readonly sandbox: GoogleSandbox;
  private peer: Listening | undefined;

  constructor(options: GoogleOptions = {}) {
    this.sandbox = createGoogleSandbox({
      users: [{ email: sam }, { email: sol, timeZone: 'UTC' }],
      ...options,
    });
  }

  async start(): Promise<void> {
    this.peer = await this.sandbox.listen();
  }

  async stop(): Promise<void> {
    await this.peer?.close();
  }

  get url(): string {
    if (this.peer === undefined) throw new Error('not started');
    return this.peer.url;
  }

  /** A signed assertion; claims that are undefined are left out. */
  assertion(
    claims: Claims = {},
    { alg = 'RS256', privateKey = this.sandbox.serviceAccount.privateKey } = {},
  ): string {
    const now = Math.floor(this.sandbox.now() / 1_000);
    const head = encode({ alg, typ: 'JWT', kid: this.sandbox.serviceAccount.privateKeyId });
    const payload = encode({
      iss: this.sandbox.serviceAccount.clientEmail,
      sub: sam,
      scope: calendarScope,
      aud: `${this.url}/token`,
      iat: now,
      exp: now + 3_600,
      ...claims,
    });
    const signature = createSign('RSA-SHA256').update(`${head}.${payload}`).sign(privateKey, 'base64url');
    return `${head}.${payload}.${signature}`;
  }

  async requestToken(assertion: string): Promise<Answer> {
    const answer = await fetch(`${this.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion,
      }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  async token(claims: Claims = {}): Promise<string> {
    const { status, body } = await this.requestToken(this.assertion(claims));
    if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
    return String(body['access_token']);
  }

  /** A call to the Calendar API with a new token. */
  async call(method: string, path: string, body?: unknown, claims: Claims = {}): Promise<Answer> {
    return this.callWith(await this.token(claims), method, path, body);
  }

  async callWith(
    token: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await fetch(`${this.url}/calendar/v3${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }
}

/** Code and first reason of an error's body. */
export const errorOf = ({ body }: Answer): { code: number; reason: string | undefined; message: string } => {
  const { error } = body as { error: { errors: { reason: string }[]; code: number; message: string } };
  return { code: error.code, reason: error.errors[0]?.reason, message: error.message };
};
