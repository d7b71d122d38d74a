/** What the parts of the API share, and what a request carries along. */
import type { Client } from '@temporalio/client';
import type { DefaultState } from 'koa';
import type pg from 'pg';
import type { Database } from '../db/connection.ts';
import type { Environment } from '../environment/environment.ts';
import type { Starter } from '../inbox/starter.ts';
import type { Logger } from '../observability/logger.ts';
import type { Namespace } from './namespace.ts';

export interface ApiDependencies {
  environment: Environment;
  logger: Logger;
  db: Database;
  /** The inbox's own connections, for prepared statements. */
  pool: pg.Pool;
  temporal: Client;
  namespace: Namespace;
  starter: Starter;
}

export interface RequestState extends DefaultState {
  requestId: string;
  /** Inbox rows that the request filed, for its log line. */
  webhookIds?: number[];
  /** Why a webhook changed nothing, for its log line. */
  note?: string;
}
