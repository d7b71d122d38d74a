/**
 * `node worker/writeBundle.ts FILE`: makes the workflow bundle that WORKFLOW_BUNDLE names, so that workers need not make it at start, and
 * its twin for workers that encrypt.
 */
import { writeFileSync } from 'node:fs';
import { createLogger } from '../observability/logger.ts';
import { encryptingBundle, workflowBundle } from './bundle.ts';

const [, , file] = process.argv;
if (file === undefined) {
  process.stderr.write('Name the file to write: node worker/writeBundle.ts FILE\n');
  process.exit(2);
}
const logger = createLogger({ level: 'warn', process: 'bundler' });
for (const encrypts of [false, true]) {
  const bundle = await workflowBundle(logger, undefined, encrypts);
  if (!('code' in bundle)) throw new Error('the bundle was not made from the sources');
  writeFileSync(encrypts ? encryptingBundle(file) : file, bundle.code);
}
