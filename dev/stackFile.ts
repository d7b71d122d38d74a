/**
 * `.hermes/stack.json`: what runs now. `hermes demo` and the other commands find the running stack's addresses and settings
 * in it; the next start finds out whether one is running already, and which processes a killed one left behind.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const processSchema = z.object({ pid: z.number().int().positive(), command: z.string() });

const stackFileSchema = z.object({
  /** The process of `npm start`. */
  supervisor: processSchema,
  /** Its children, oldest first, as they were when this was written. */
  children: z.array(processSchema),
  startedAt: z.string(),
  /** Absent until everything is up. */
  addresses: z
    .object({
      api: z.string(),
      temporalUi: z.string().optional(),
      pipedrive: z.string(),
      tc2: z.string(),
      google: z.string(),
    })
    .optional(),
  /** Settings for a command that is to work on the running stack. Holds the sandbox's keys and the database's password. */
  environment: z.record(z.string(), z.string()).optional(),
});

export type StackFile = z.infer<typeof stackFileSchema>;

const fileIn = (stateFolder: string): string => path.join(stateFolder, 'stack.json');

/** What was written last, undefined when there is none or it is damaged. */
export const readStackFile = (stateFolder: string): StackFile | undefined => {
  try {
    return stackFileSchema.safeParse(JSON.parse(readFileSync(fileIn(stateFolder), 'utf8'))).data;
  } catch {
    return undefined;
  }
};

export const writeStackFile = (stateFolder: string, content: StackFile): void => {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(fileIn(stateFolder), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
};

export const removeStackFile = (stateFolder: string): void => {
  rmSync(fileIn(stateFolder), { force: true });
};
