/** Asking the operator: on a terminal a question, in a script a flag. */
import { confirm, isCancel } from '@clack/prompts';
import { CommandError, type Invocation } from './command.ts';

/** Whether somebody sits at the other end. */
export const isInteractive = ({ stdin, stderr }: Pick<Invocation, 'stdin' | 'stderr'>): boolean =>
  'isTTY' in stdin && stdin.isTTY === true && 'isTTY' in stderr && stderr.isTTY === true;

/**
 * Goes on only when the operator agrees: by `--yes`, or by answering the question.
 *
 * @throws CommandError when the answer is no, or when nobody can be asked
 */
export const agree = async (invocation: Invocation, question: string): Promise<void> => {
  if (invocation.options['yes'] === true) return;
  if (!isInteractive(invocation)) {
    throw new CommandError('Nothing was done: nobody can be asked here, so say --yes.');
  }
  const { stdin, stderr } = invocation;
  const answer = await confirm({ message: question, initialValue: false, input: stdin, output: stderr });
  if (isCancel(answer) || !answer) throw new CommandError('Nothing was done.');
};
