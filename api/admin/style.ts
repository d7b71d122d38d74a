/** The one style sheet of /admin: readable, narrow screens included, no files from elsewhere. */
export const styleSheet = `
:root{--ink:#1b1f24;--soft:#59636e;--line:#d8dee4;--page:#fff;--panel:#f6f8fa;--accent:#0b57d0;--good:#1a7f37;--bad:#b3261e;--wait:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4ae;--line:#30363d;--page:#0d1117;--panel:#161b22;--accent:#79b0ff;--good:#56d364;--bad:#ff7b72;--wait:#e3b341}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
header{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;padding:.6rem 1rem;background:var(--panel);border-bottom:1px solid var(--line)}
header strong{font-size:1.05rem}header nav{display:flex;flex-wrap:wrap;gap:.2rem .9rem;flex:1}
header form{margin:0}
a{color:var(--accent)}nav a{text-decoration:none}nav a:hover,nav a:focus-visible{text-decoration:underline}nav a[aria-current]{font-weight:600;color:var(--ink);text-decoration:none}
main{max-width:76rem;margin:0 auto;padding:1rem;overflow-wrap:break-word}
h1{font-size:1.4rem;margin:.4rem 0 1rem}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}.scroll{overflow-x:auto}td.when{white-space:nowrap}
table.facts{width:auto}table.facts th{white-space:nowrap;padding-right:2rem}caption{text-align:left;font-weight:600;padding:.4rem 0}
td pre{margin:0;padding:.3rem .5rem;white-space:pre-wrap;overflow-wrap:anywhere}td form{margin:0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.8rem}
.card{border:1px solid var(--line);border-radius:.5rem;padding:.8rem;background:var(--panel)}
.card b{display:block;font-size:1.5rem}.soft{color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
form.row>a{align-self:center}form.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin:.5rem 0 1rem}
label{display:block;color:var(--soft);font-size:.9rem}
input,select,button,textarea{font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);border-radius:.35rem;padding:.35rem .55rem}
button{white-space:nowrap;background:var(--accent);border-color:var(--accent);color:#fff;cursor:pointer}
input:not([type=checkbox]),select,button{min-height:2.3rem}
button.plain{background:transparent;color:var(--accent)}button.danger{background:var(--bad);border-color:var(--bad)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.2rem 1.2rem;align-items:end}.fields p{margin:.4rem 0}.fields input,.fields select{width:100%}
summary{cursor:pointer;color:var(--accent)}details.sure{display:inline-block}details.sure>form{margin-top:.3rem}
@media (max-width:45rem){table.stack td{display:block;border:0}table.stack tr{display:block;border-bottom:1px solid var(--line)}}
.check{align-self:center;color:inherit}
ul.slots{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:.4rem 0;padding:0}ul.slots li{border:1px solid var(--line);border-radius:.35rem;padding:.1rem .5rem;font-variant-numeric:tabular-nums}
pre{background:var(--panel);border:1px solid var(--line);padding:.8rem;overflow:auto;border-radius:.35rem}
fieldset{border:1px solid var(--line);border-radius:.5rem;margin:0 0 1rem;padding:.6rem .9rem}fieldset label{display:inline-block;margin-right:1rem;color:inherit}
.notice{border-left:4px solid var(--accent);background:var(--panel);padding:.5rem .8rem;margin:0 0 1rem}
.login{max-width:22rem;margin:10vh auto}.login input{width:100%}.login p{margin:.6rem 0}
meter{width:100%;height:.8rem}.axis{display:flex;justify-content:space-between;font-size:.85rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:.5rem;top:.5rem;background:var(--page);padding:.4rem .7rem;z-index:1}
svg{width:100%;height:3.2rem}svg rect{fill:var(--accent)}svg line{stroke:var(--line)}
`;
