/** Sessions of operators, kept in PostgreSQL so that every API process knows them and that they can be ended. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type Koa from 'koa';
import session from 'koa-session';
import type { Database } from '../../db/connection.ts';
import type { Environment } from '../../environment/environment.ts';

/** Without a request for so long a session ends; after the days it ends in any case. */
const maxAgeMs = 12 * 60 * 60 * 1000;
const maxLifeDays = 7;

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

interface SessionData {
  operatorId?: number;
  csrf?: string;
}

/** Middleware that loads and saves the session of a request below /admin. */
export const operatorSessions = (app: Koa, db: Database, environment: Environment): Koa.Middleware => {
  // A key of its own, so that no other signature of Hermes can serve as a cookie's. Without SIGNING_KEY logins end with the process.
  app.keys = [
    createHmac('sha256', environment.SIGNING_KEY ?? randomBytes(32))
      .update('cookies of /admin')
      .digest('hex'),
  ];
  const secure = environment.BASE_URL.startsWith('https://');
  // The session's own options beside those of its cookie.
  const options = {
    key: 'hermes_operator',
    maxAge: maxAgeMs,
    renew: true,
    path: '/admin',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    signed: true,
    store: {
      get: async (key: string) => {
        const row = (await db('operator_session')
          .where({ key_hash: hashOf(key) })
          .where('expires_at', '>', db.fn.now())
          .whereRaw(`created > now() - ? * interval '1 day'`, [maxLifeDays])
          .first('data')) as { data: SessionData } | undefined;
        return row?.data;
      },
      set: async (key: string, data: SessionData, maxAge: number) => {
        const row = {
          operator_id: data.operatorId ?? null,
          data: JSON.stringify(data),
          expires_at: new Date(Date.now() + maxAge),
        };
        await db('operator_session')
          .insert({ key_hash: hashOf(key), ...row })
          .onConflict('key_hash')
          .merge(row);
      },
      destroy: async (key: string) => {
        await db('operator_session')
          .where({ key_hash: hashOf(key) })
          .orWhere('expires_at', '<', db.fn.now())
          .delete();
      },
    },
  };
  const sessions = session(options, app);
  return (context, next) => {
    // TLS may end at a proxy that we do not see: the public address decides.
    context.cookies.secure = secure;
    return sessions(context, next);
  };
};
