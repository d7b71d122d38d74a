/**
 * What is wrong with a value, for the person who sent it: the website shows it to a visitor, a terminal to an operator. For the
 * parameter `error` of a schema's safeParse; a message that the schema itself gives goes before it.
 */
import type { z } from 'zod';

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

const verb = (origin: string): string => (origin in units ? 'have' : 'be');

/** @returns the rest of a sentence that begins with the value's name; nothing where zod's own words will do */
export const faultText: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined || issue.input === null) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.inclusive === false
        ? `must ${verb(issue.origin)} more than ${issue.minimum}${units[issue.origin] ?? ''}`
        : `must ${verb(issue.origin)} at least ${issue.minimum}${units[issue.origin] ?? ''}`;
    case 'too_big':
      return issue.inclusive === false
        ? `must ${verb(issue.origin)} less than ${issue.maximum}${units[issue.origin] ?? ''}`
        : `must ${verb(issue.origin)} at most ${issue.maximum}${units[issue.origin] ?? ''}`;
    case 'not_multiple_of':
    case 'invalid_format':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
};
