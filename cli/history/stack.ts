/** The error in a stack of the SDK: it puts a line of its own, and what throws there, before it. */
export const errorInStack = (stack: string): string | null => /^\w*Error: [^]*/m.exec(stack)?.[0] ?? null;

/** What a workflow's code threw during a replay, of which the SDK tells in the message of an error of its own; else that error. */
export const thrownInReplay = (error: Error): string => {
  const [, quoted] = /stack_trace: ("(?:[^"\\]|\\.)*")/.exec(error.message) ?? [];
  try {
    const stack = errorInStack(String(JSON.parse(quoted ?? '')));
    if (stack !== null) return stack;
  } catch {
    // The SDK tells it otherwise by now.
  }
  return error.stack ?? error.message;
};
