/**
 * HTML that is escaped unless it was made here.
 */
import { escapeHtml } from '../../common/html.ts';

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | Html[] | string | number | boolean | null | undefined;

const render = (part: Part): string => {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map((item) => item.text).join('');
  return escapeHtml(String(part));
};

/** A template whose values are escaped; nothing comes of null, undefined and false. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(
    strings.map((text, index) => `${text}${index < parts.length ? render(parts[index]) : ''}`).join(''),
  );
