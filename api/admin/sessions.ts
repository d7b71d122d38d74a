/** Sessions of operators, kept in PostgreSQL so that every API process knows them and that they can be ended. */
import { createHash, randomBytes } from 'node:crypto';
import type Koa from 'koa';
import session from 'koa-session';
import type { Database } from '../../db/connection.ts';
import type { Environment } from '../../environment/environment.ts';

const maxAgeMs = 12 * 60 * 60 * 1000;

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

interface SessionData {
  operatorId?: number;
  csrf?: string;
}

/** Middleware that loads and saves the session of a request below /admin. */
export const operatorSessions = (app: Koa, db: Database, environment: Environment): Koa.Middleware => {
  app.keys = [environment.SIGNING_KEY ?? randomBytes(32).toString('hex')];
  return session(
    {
      key: 'hermes_operator',
      maxAge: maxAgeMs,
      rolling: true,
      httpOnly: true,
      sameSite: 'lax',
      secure: environment.BASE_URL.startsWith('https://'),
      signed: true,
      store: {
        get: async (key) => {
          const row = (await db('operator_session')
            .where({ key_hash: hashOf(key) })
            .where('expires_at', '>', db.fn.now())
            .first('data')) as { data: SessionData } | undefined;
          return row?.data;
        },
        set: async (key, data: SessionData, maxAge) => {
          const expiresIn = typeof maxAge === 'number' ? maxAge : maxAgeMs;
          const row = {
            operator_id: data.operatorId ?? null,
            data: JSON.stringify(data),
            expires_at: new Date(Date.now() + expiresIn),
          };
          await db('operator_session')
            .insert({ key_hash: hashOf(key), ...row })
            .onConflict('key_hash')
            .merge(row);
        },
        destroy: async (key) => {
          await db('operator_session')
            .where({ key_hash: hashOf(key) })
            .orWhere('expires_at', '<', db.fn.now())
            .delete();
        },
      },
    },
    app,
  );
};
