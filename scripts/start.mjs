/**
 * `npm start`: installs what is missing, then runs the embedded stack (dev/main.ts) in this very process, so that there is
 * one process to signal and one exit code.
 */
import { bootstrap } from './bootstrap.mjs';

const code = await bootstrap();
if (code !== 0) process.exit(code);

const { register } = await import('tsx/esm/api');
register();
const { main } = await import('../dev/main.ts');
process.exit(await main(process.argv.slice(2)));
