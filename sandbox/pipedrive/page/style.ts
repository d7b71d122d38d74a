/** The page's style sheet. */
export const style = `
:root { color-scheme: light; --ink: #1f2a37; --soft: #6b7280; --line: #e3e7ec; --back: #f4f6f8; --accent: #0b7a4b; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: baseline; padding: 12px 24px; background: #17212b; color: #fff;
  position: sticky; top: 0; z-index: 1; }
header h1 { margin: 0; font-size: 18px; }
header p { margin: 0; color: #b6c2cf; }
header nav { margin-left: auto; display: flex; flex-wrap: wrap; gap: 14px; }
header a { color: #d8f3e5; text-decoration: none; }
header a:hover { text-decoration: underline; }
main { max-width: 1500px; margin: 0 auto; padding: 8px 24px 40px; }
section { margin-top: 20px; background: #fff; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; scroll-margin-top: 60px; }
h2 { margin: 0; padding: 10px 16px; font-size: 15px; border-bottom: 1px solid var(--line); }
.count { color: var(--soft); font-weight: 400; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: 12px; font-weight: 600; color: var(--soft); background: #fafbfc; }
th, td { padding: 7px 16px; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr { scroll-margin-top: 60px; }
tr:target { background: #fff8db; }
tr.deleted td { color: var(--soft); }
tr.deleted strong { text-decoration: line-through; }
a { color: var(--accent); }
.id { color: var(--soft); font-variant-numeric: tabular-nums; }
.none, time { color: var(--soft); }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.empty { margin: 0; padding: 14px 16px; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1px 10px; margin: 0; font-size: 13px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 12px ui-monospace, monospace; overflow-wrap: anywhere; }
form { margin-top: 5px; display: flex; gap: 4px; }
input { padding: 2px 6px; border: 1px solid var(--line); border-radius: 4px; font: inherit; font-size: 12px; width: 150px; }
button { padding: 2px 8px; border: 1px solid var(--line); border-radius: 4px; background: #fafbfc; font: inherit; font-size: 12px; cursor: pointer; }
.badge { display: inline-block; padding: 0 7px; border-radius: 9px; background: #e8ecf0; color: #46525f; font-size: 12px; }
.badge.open { background: #e1efff; color: #0b4f9c; }
.badge.won, .badge.good, .badge.delivered { background: #dcf5e7; color: #0b6b41; }
.badge.lost, .badge.bad, .badge.dropped { background: #fde4e1; color: #a32417; }
.badge.warn, .badge.waiting, .badge.held { background: #fdf0d5; color: #8a5a00; }
.stage { display: inline-block; margin: 0 6px 4px 0; padding: 1px 8px; border: 1px solid var(--line); border-radius: 4px; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 20px; align-items: start; }
@media (max-width: 1000px) { .columns { grid-template-columns: minmax(0, 1fr); } header nav { margin-left: 0; } }
`;
