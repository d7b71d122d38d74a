/** The booking page. A script of its own, no library: what it does with Hermes is the point. */

const style = `
:root{color-scheme:light;--ink:#16263a;--line:#d5dde6;--main:#0b6bcb;--soft:#eef4fb}
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}p{margin:.3rem 0}.hint{color:#5c6b7c}
form{display:grid;grid-template-columns:1fr 1fr;gap:.7rem 1rem;margin:1rem 0}
label{display:grid;gap:.15rem;font-size:.9rem}.wide{grid-column:1/-1}
input,select,button{font:inherit;padding:.45rem .6rem;border:1px solid var(--line);border-radius:.4rem;background:#fff;color:inherit}
button{cursor:pointer}button.main{background:var(--main);border-color:var(--main);color:#fff}button:disabled{opacity:.5;cursor:default}
#days{display:grid;grid-template-columns:repeat(5,1fr);gap:.6rem;margin:.6rem 0}
.day{border:1px solid var(--line);border-radius:.5rem;padding:.5rem;display:grid;gap:.35rem;align-content:start}
.day b{font-size:.9rem}.day button{padding:.2rem;font-size:.9rem}.day button[aria-pressed=true]{background:var(--main);color:#fff}
#answer{padding:.8rem 1rem;border-radius:.5rem;background:var(--soft)}#answer.error{background:#fdecec}
@media(max-width:40rem){#days{grid-template-columns:1fr 1fr}form{grid-template-columns:1fr}}`;

/** Runs in the browser. @param api where the page's own server passes requests on to Hermes */
const script = (api: string): string => `
const api = ${JSON.stringify(api)};
const query = new URLSearchParams(location.search);
const support = query.has('company_id');
const $ = (id) => document.getElementById(id);
const state = { admin: null, slot: null, from: null };

const ask = async (path, options) => {
  const response = await fetch(api + path, options);
  return { status: response.status, body: await response.json() };
};
const say = (text, error) => {
  $('answer').hidden = text === '';
  $('answer').textContent = text;
  $('answer').className = error ? 'error' : '';
};
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

const showSlots = (slots) => {
  const days = new Map();
  for (const [start] of slots) {
    const name = day.format(new Date(start));
    days.set(name, [...(days.get(name) ?? []), start]);
  }
  $('days').replaceChildren(...[...days].slice(0, 5).map(([name, starts]) => {
    const box = document.createElement('div');
    box.className = 'day';
    const title = document.createElement('b');
    title.textContent = name;
    box.append(title, ...starts.map((start) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.start = start;
      button.textContent = clock.format(new Date(start));
      button.setAttribute('aria-pressed', String(start === state.slot));
      button.onclick = () => { state.slot = start; say(''); showSlots(slots); };
      return button;
    }));
    return box;
  }));
  $('book').disabled = state.slot === null;
  if (days.size === 0) $('days').textContent = 'No time is free here. Try later weeks.';
};

const loadSlots = async () => {
  state.slot = null;
  $('days').textContent = 'Looking for free times …';
  const from = state.from ?? new Date(Date.now() + 2 * 3600e3);
  const to = new Date(from.getTime() + 14 * 86400e3);
  const search = new URLSearchParams({ admin_id: state.admin.id, start_dt: from.toISOString(), end_dt: to.toISOString() });
  const { body } = await ask('/callbooker/availability/?' + search);
  if (body.status === 'error') { $('days').textContent = ''; say(body.message, true); return; }
  showSlots(body.slots);
};

const choose = async () => {
  state.from = null;
  if (support) {
    const { body } = await ask('/callbooker/support-link/validate/' + location.search);
    if (body.status === 'error') { say(body.message, true); return; }
    $('who').textContent = 'A support call for ' + body.company_name;
    state.admin = { id: query.get('admin_id') };
  } else {
    const search = new URLSearchParams({ plan: $('price_plan').value, country_code: $('country').value });
    const { body } = await ask('/choose-roundrobin/sales/?' + search);
    if (body.status === 'error') { say(body.message, true); return; }
    state.admin = body;
    $('who').textContent = 'You will talk to ' + body.first_name + ' ' + body.last_name + '. Times are yours (' + zone + ').';
  }
  await loadSlots();
};

$('form').onsubmit = async (event) => {
  event.preventDefault();
  $('book').disabled = true;
  say('Booking …');
  const fields = Object.fromEntries(new FormData($('form')));
  const kind = support ? 'support' : 'sales';
  const body = { ...fields, admin_id: state.admin.id, call_type: kind, meeting_dt: state.slot,
    bdr_person_id: query.get('bdr') ?? '', utm_source: query.get('utm_source') ?? '', utm_campaign: query.get('utm_campaign') ?? '',
    ...(support ? { company_id: query.get('company_id') } : {}) };
  const { body: answer } = await ask('/callbooker/' + kind + '/book/', { method: 'POST', body: JSON.stringify(body) });
  if (answer.status === 'error') say(answer.message, true);
  else say('Booked: ' + new Date(state.slot).toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'short' }) + '. The invitation is on its way.');
  $('answer').dataset.status = answer.status;
  $('book').disabled = false;
};
for (const id of ['price_plan', 'country']) $(id).onchange = choose;
$('later').onclick = () => { state.from = new Date((state.from ?? new Date()).getTime() + 7 * 86400e3); loadSlots(); };
for (const field of document.querySelectorAll('[data-sales]')) if (support) field.remove();
(async () => {
  if (!support) {
    const { body } = await ask('/loc/');
    if ([...$('country').options].some(({ value }) => value === body.country_code)) $('country').value = body.country_code;
  }
  await choose();
})();
`;

const countries = [
  ['GB', 'United Kingdom'],
  ['US', 'United States'],
  ['CA', 'Canada'],
  ['AU', 'Australia'],
  ['FR', 'France'],
  ['JP', 'Japan'],
] as const;

const options = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([value, text]) => `<option value="${value}">${text}</option>`).join('');

export const bookingPage = (
  api: string,
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Book a call</title><style>${style}</style></head><body>
<h1>Book a call</h1><p id="who" class="hint"></p>
<form id="form">
<label data-sales>Plan<select id="price_plan" name="price_plan">${options([
  ['payg', 'Pay as you go'],
  ['startup', 'Startup'],
  ['enterprise', 'Enterprise'],
])}</select></label>
<label data-sales>Country<select id="country" name="country">${options(countries)}</select></label>
<div class="wide"><div id="days"></div><button type="button" id="later">Later weeks</button></div>
<label>Your name<input name="name" required autocomplete="name"></label>
<label>E-mail<input name="email" type="email" required autocomplete="email"></label>
<label data-sales>Company<input name="company_name" required autocomplete="organization"></label>
<label data-sales>Website<input name="website" placeholder="https://"></label>
<label>Phone<input name="phone" autocomplete="tel"></label>
<label data-sales>Monthly income<select name="estimated_income">${options([
  ['', 'Rather not say'],
  ['0-5k', 'up to 5,000'],
  ['5k-20k', '5,000 to 20,000'],
  ['20k+', 'more'],
])}</select></label>
<input data-sales type="hidden" name="currency" value="GBP">
<button id="book" class="main wide" disabled>Book the call</button>
</form><p id="answer" role="status" hidden></p>
<script>${script(api)}</script></body></html>`;
