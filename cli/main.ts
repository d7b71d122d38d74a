/** Entry of `npm run hermes -- <command>`. */
import { loadSettings } from '../environment/load.ts';
import { commands } from './commands/index.ts';
import { hermes } from './hermes.ts';

loadSettings();
process.exitCode = await hermes(commands, process.argv.slice(2), process.env, process);
