/** `node worker/writeBundle.ts FILE`: makes the workflow bundle that WORKFLOW_BUNDLE names, so that workers need not make it at start. */
import { writeFileSync } from 'node:fs';
import { createLogger } from '../observability/logger.ts';
import { workflowBundle } from './bundle.ts';

const [, , file] = process.argv;
if (file === undefined) {
  process.stderr.write('Name the file to write: node worker/writeBundle.ts FILE\n');
  process.exit(2);
}
const bundle = await workflowBundle(createLogger({ level: 'warn', process: 'bundler' }));
if (!('code' in bundle)) throw new Error('the bundle was not made from the sources');
writeFileSync(file, bundle.code);
