/** GET /loc/: the visitor's country as Cloudflare sees it (COM-01 to COM-03). */
import type { Context } from 'koa';

export const location = (context: Context): void => {
  context.body = { country_code: context.get('cf-ipcountry') || 'GB' };
};
