import { UsageError, type Command } from '../command.ts';
import { playScenarios } from '../demo/run.ts';
import { scenarios, type ScenarioName } from '../demo/scenarios.ts';
import { withRunningStack } from '../demo/stack.ts';

const names = scenarios.map(({ name }) => name);
const isScenario = (name: string): name is ScenarioName => (names as readonly string[]).includes(name);

const width = Math.max(...names.map((name) => name.length));
const list = scenarios.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');

/** `hermes demo`: plays something that happens in the sandbox, and tells each step on its way through Hermes. */
export const demo: Command = {
  name: 'demo',
  summary: 'Play a scenario on the stack of npm start, and tell each step as it happens',
  details: `Scenarios, the first one when none is named; several are played one after the other:\n${list}\n\nIt needs a running \`npm start\`, and touches nothing else.`,
  rest: 'SCENARIO',
  run: async ({ rest, settings, stdout }) => {
    const unknown = rest.find((name) => !isScenario(name));
    if (unknown !== undefined) {
      throw new UsageError(`There is no scenario "${unknown}", but ${names.join(', ')}.`);
    }
    const wanted = rest.length === 0 ? (['client'] as const) : rest.filter(isScenario);
    await withRunningStack(settings, (stack) => playScenarios(stack, wanted, stdout));
  },
};
