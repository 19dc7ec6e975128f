/** The page's style sheet. System fonts, no outside reference; dark where the reader's system is, light on paper. */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1b2430;--quiet:#5b6675;--paper:#f3f5f8;--card:#fff;--rule:#dfe4ea;--soft:#f0f3f6;
--pass:#00744f;--pass-soft:#e2f3ec;--fail:#b3261e;--fail-soft:#fbe9e7;--open:#8a5a00;--open-soft:#fbf1dc;--none:#5b6675;--none-soft:#eceff3;--bar:#0072b2}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--quiet:#a3adba;--paper:#12161c;--card:#1b2129;--rule:#323b46;--soft:#242c36;
--pass:#5fd0a4;--pass-soft:#14352a;--fail:#ff8f85;--fail-soft:#40201d;--open:#f0bd5e;--open-soft:#3b2e12;--none:#a3adba;--none-soft:#2a323c;--bar:#56b4e9}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1248px;margin:0 auto;padding:24px}
h1{font-size:25px;line-height:1.25;margin:0}h2{font-size:18px;margin:0 0 12px}h3{font-size:12.5px;margin:0 0 6px;color:var(--quiet);text-transform:uppercase;letter-spacing:.05em}
a{color:inherit;text-decoration-color:var(--quiet);text-underline-offset:2px}
.card{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:20px 24px;margin-bottom:18px}
.pass{--tone:var(--pass);--tone-soft:var(--pass-soft)}.fail{--tone:var(--fail);--tone-soft:var(--fail-soft)}
.open{--tone:var(--open);--tone-soft:var(--open-soft)}.none{--tone:var(--none);--tone-soft:var(--none-soft)}
.banner{display:grid;grid-template-columns:auto 1fr;gap:6px 28px;align-items:center;border-left:10px solid var(--tone);background:var(--card)}
.word{font-size:38px;font-weight:800;color:var(--tone);letter-spacing:.01em;line-height:1.1}
.banner p{margin:4px 0 0}.meta{grid-column:1/-1;color:var(--quiet);font-size:13.5px;display:flex;flex-wrap:wrap;gap:2px 22px;border-top:1px solid var(--rule);padding-top:10px;margin-top:8px}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:16px;margin-bottom:18px}
.tile{background:var(--card);border:1px solid var(--rule);border-top:5px solid var(--tone);border-radius:12px;padding:14px 18px 16px}
.tile .value{font-size:25px;font-weight:700;line-height:1.25}.tile .limit{color:var(--quiet);font-size:13.5px}.tile .note{font-size:13px;color:var(--quiet);margin:8px 0 0}
.scale{position:relative;height:12px;background:var(--soft);border-radius:6px;margin:10px 0 2px}
.scale i{position:absolute;top:0;bottom:0;border-radius:6px;background:var(--tone)}.scale i.range{opacity:.45}
.scale b{position:absolute;top:-4px;bottom:-4px;width:2px;background:var(--ink)}
.chip{display:inline-block;padding:1px 9px;border-radius:99px;font-size:12.5px;font-weight:650;color:var(--tone);background:var(--tone-soft);white-space:nowrap}
.timeline{background:#fff;padding:10px 12px}.timeline svg{display:block;width:100%;height:auto}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;font-size:12px;color:var(--quiet);font-weight:600;border-bottom:2px solid var(--rule);padding:4px 14px 6px 0;white-space:nowrap}
td{border-bottom:1px solid var(--rule);padding:7px 14px 7px 0;vertical-align:top}tr:last-child>td{border-bottom:0}
td.number,th.number{text-align:right;white-space:nowrap}tr.total td{font-weight:650;background:var(--soft)}tr.total td:first-child{padding-left:8px;border-radius:6px 0 0 6px}
tr.group td{padding-top:18px;font-weight:650;border-bottom:2px solid var(--rule)}
.reason{color:var(--quiet);font-size:13px}.reason a{margin-right:10px;white-space:nowrap}.reason.same a{margin:0;white-space:normal}code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
.gantt{position:relative;height:12px;min-width:200px;background:var(--soft);border-radius:4px;margin-top:5px}.gantt i{position:absolute;top:0;bottom:0;min-width:2px;border-radius:3px;background:var(--bar)}tr.total .gantt i{background:var(--tone)}
h3.path{margin-top:18px}div.path{display:flex;gap:2px;border-radius:6px;overflow:hidden}div.path i{flex-basis:0;min-width:3px;height:24px;background:var(--bar);color:var(--card);font-size:12.5px;font-weight:600;font-style:normal;line-height:24px;text-align:center;overflow:hidden;white-space:nowrap}div.path i:nth-child(even){opacity:.72}
.against td:first-child{width:1%}.facts{display:grid;grid-template-columns:repeat(2,1fr);gap:22px 36px}dl{display:grid;grid-template-columns:auto 1fr;gap:4px 16px;margin:0;font-size:13.5px}dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.shots{display:grid;grid-template-columns:repeat(3,1fr);gap:18px}figure{margin:0}figure img{width:100%;max-height:420px;object-fit:contain;object-position:top;border:1px solid var(--rule);border-radius:8px;background:#fff;display:block}figcaption{font-size:13px;color:var(--quiet);margin-top:6px}
footer{color:var(--quiet);font-size:13px;display:flex;flex-wrap:wrap;gap:4px 22px}
@media screen and (max-width:900px){.tiles{grid-template-columns:repeat(2,1fr)}.facts,.shots{grid-template-columns:1fr}.banner{grid-template-columns:1fr}main{padding:12px}.timeline svg{min-width:900px}}
@media print{:root{--ink:#1b2430;--quiet:#4a5462;--paper:#fff;--card:#fff;--rule:#ccd2da;--soft:#eef1f4;--pass:#00744f;--pass-soft:#e2f3ec;--fail:#b3261e;--fail-soft:#fbe9e7;--open:#8a5a00;--open-soft:#fbf1dc;--none:#5b6675;--none-soft:#eceff3;--bar:#0072b2}
body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}.card,.tile{break-inside:avoid;border-radius:6px}.card.long{break-inside:auto}tr,figure{break-inside:avoid}table{font-size:10.5px}.reason,.meta,.tile .note,.tile .limit,dl,figcaption,footer{font-size:10px}.chip,code,.mono{font-size:9.5px}.tile .value{font-size:17px}.word{font-size:28px}h1{font-size:19px}h2{font-size:14px}.card{padding:12px 14px;margin-bottom:10px}.tiles{gap:8px}.tile{padding:10px 12px}td{padding:4px 10px 4px 0}.gantt{min-width:110px}.wide{overflow:visible}}
@page{size:A4;margin:12mm}
`;
