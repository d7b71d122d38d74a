/** The commands of `hermes`, in the order of its help. */
import type { Command } from '../command.ts';
import { adminCreate } from './adminCreate.ts';
import { adminList } from './adminList.ts';
import { codecServer } from './codecServer.ts';
import { configApply } from './configApply.ts';
import { configExport } from './configExport.ts';
import { dbMigrate } from './dbMigrate.ts';
import { dbRestored } from './dbRestored.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { forget } from './forget.ts';
import { historyReplay } from './historyReplay.ts';
import { importPythonDatabase } from './importPython.ts';
import { pipedriveImport } from './pipedriveImport.ts';
import { pipedriveSetup } from './pipedriveSetup.ts';
import { reconcile } from './reconcile.ts';
import { replay } from './replay.ts';
import { replayCompany } from './replayCompany.ts';
import { shadowReportCommand } from './shadowReport.ts';

export const commands: readonly Command[] = [
  demo,
  dbMigrate,
  dbRestored,
  configApply,
  configExport,
  doctor,
  pipedriveSetup,
  pipedriveImport,
  importPythonDatabase,
  shadowReportCommand,
  replay,
  replayCompany,
  reconcile,
  historyReplay,
  codecServer,
  adminCreate,
  adminList,
  forget,
];
