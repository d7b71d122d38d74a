import type { Database } from '../../db/connection.ts';
import type { Environment } from '../../environment/environment.ts';
import type { Logger } from '../../observability/logger.ts';

/** What the database activities close over. */
export interface HermesDependencies {
  db: Database;
  environment: Environment;
  logger: Logger;
}
