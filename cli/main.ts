/** Entry of `npm run hermes -- <command>`. */
import { loadDotenv } from '../environment/load.ts';
import { commands } from './commands/index.ts';
import { hermes } from './hermes.ts';

loadDotenv();
process.exitCode = await hermes(commands, process.argv.slice(2), process.env, process);
