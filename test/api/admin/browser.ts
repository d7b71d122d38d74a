/** A browser as the pages need one: keeps cookies, follows nothing, takes the token of the form that it was shown. */
export interface Page {
  status: number;
  html: string;
  headers: Headers;
}

export interface Visitor {
  get(path: string): Promise<Page>;
  /** Sends a form with the token of the last page. */
  post(path: string, fields?: Record<string, string | string[]>): Promise<Page>;
  /** Sends a form as it is. */
  postRaw(path: string, fields: Record<string, string | string[]>): Promise<Page>;
  login(email: string, password: string): Promise<Page>;
  cookies: Map<string, string>;
  /** The set-cookie lines of the last answer. */
  setCookies(): string[];
}

export const visitor = (url: string): Visitor => {
  const cookies = new Map<string, string>();
  let token = '';
  let lastSet: string[] = [];
  const ask = async (path: string, init: RequestInit = {}): Promise<Page> => {
    const response = await fetch(`${url}${path}`, {
      ...init,
      redirect: 'manual',
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(init.headers as Record<string, string> | undefined),
      },
    });
    lastSet = response.headers.getSetCookie();
    for (const line of lastSet) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const html = await response.text();
    token = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? token;
    return { status: response.status, html, headers: response.headers };
  };
  const postRaw = (path: string, fields: Record<string, string | string[]>): Promise<Page> => {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const item of Array.isArray(value) ? value : [value]) body.append(name, item);
    }
    return ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
    });
  };
  const post = (path: string, fields: Record<string, string | string[]> = {}): Promise<Page> =>
    postRaw(path, { csrf: token, ...fields });
  return {
    get: (path) => ask(path),
    post,
    postRaw,
    login: async (email, password) => {
      await ask('/admin/login');
      return post('/admin/login', { email, password });
    },
    cookies,
    setCookies: () => lastSet,
  };
};
