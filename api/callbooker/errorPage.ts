/** Errors of the routes behind an invitation's link: who follows one with a browser is told on a page. */
import type { Context } from 'koa';
import { HttpError } from '../errors.ts';
import { messagePage } from './callPage.ts';
import { wantsPage } from './linkedCall.ts';

/** What a refusal means to a person who holds an invitation. */
const sentences: Readonly<Record<number, string>> = {
  403: 'This link is not whole, or not valid any more. Please open it from the invitation again.',
  404: 'There is no such call any more.',
};

/** The handler; its expected errors are pages for browsers, and JSON for everybody else. */
export const withErrorPage =
  (handle: (context: Context) => Promise<void>) =>
  async (context: Context): Promise<void> => {
    try {
      await handle(context);
    } catch (error) {
      if (!(error instanceof HttpError) || !wantsPage(context)) throw error;
      context.status = error.status;
      context.set(error.headers);
      context.type = 'html';
      context.body = messagePage('That did not work', sentences[error.status] ?? error.message);
    }
  };
