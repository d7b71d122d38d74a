import { userInfo } from 'node:os';

/** Who runs the command line, for the record: the account of the machine. */
export const operatorName = (): string => {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A container may run under a number that has no name.
    return 'cli';
  }
};
