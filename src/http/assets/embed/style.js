// How does the box look? Lengths are pixels, for the host page's `rem` is not ours; colours follow the page's
// `color-scheme`. `all` forgets the language, so the Han font is named here. A page changes `--kb-…` properties and `::part()`s, and reaches nothing else.

export const STYLE = `
:host{all:initial;display:block;min-block-size:var(--kb-height,48px);color-scheme:inherit}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([theme=auto]){color-scheme:light dark}
:host([hidden]){display:none}
.box{all:initial;display:block;position:relative;color-scheme:inherit;
--accent:var(--kb-accent,#0b62d6);--on-accent:var(--kb-on-accent,#fff);--ground:var(--kb-background,#fff);--text:var(--kb-text,#1c2024);
--muted:#5b636e;--border:var(--kb-border,#8a929c);--line:#e4e7eb;--hover:#f1f4f8;--mark:#fff0b8;--shadow:#0003;
--radius:var(--kb-radius,12px);--han:"PingFang SC","Microsoft YaHei","Noto Sans CJK SC";
font:var(--kb-font-size,16px)/1.55 var(--kb-font,system-ui,-apple-system,var(--han),sans-serif);
color:var(--text);text-align:start;overflow-wrap:anywhere;-webkit-tap-highlight-color:transparent}
.box:lang(zh-TW){--han:"PingFang TC","Microsoft JhengHei","Noto Sans CJK TC"}
@supports (color:light-dark(#000,#fff)){.box{
--accent:light-dark(var(--kb-accent,#0b62d6),var(--kb-accent-dark,var(--kb-accent,#7cb0ff)));
--on-accent:light-dark(var(--kb-on-accent,#fff),var(--kb-on-accent-dark,#0c1726));
--ground:light-dark(var(--kb-background,#fff),var(--kb-background-dark,#1b1e23));
--text:light-dark(var(--kb-text,#1c2024),var(--kb-text-dark,#eceef1));
--muted:light-dark(#5b636e,#a7afb9);
--border:light-dark(var(--kb-border,#8a929c),var(--kb-border-dark,#757e89));
--line:light-dark(#e4e7eb,#33383f);--hover:light-dark(#f1f4f8,#2a2f36);--mark:light-dark(#fff0b8,#453a0c);--shadow:light-dark(#0003,#0009)}}
*,::before,::after{box-sizing:border-box}
.field{display:flex;align-items:center;gap:10px;margin:0;block-size:var(--kb-height,48px);padding-inline:14px 8px;background:var(--ground);
border:1px solid var(--border);border-radius:var(--radius);transition:.15s}
.field:focus-within{border-color:var(--accent);box-shadow:0 0 0 3px color-mix(in srgb,var(--accent) 24%,transparent)}
input{all:unset;flex:1;min-inline-size:0;block-size:100%;font:inherit;color:inherit;cursor:text}
input::placeholder{color:var(--muted);opacity:1}
.icon{flex:none;inline-size:20px;block-size:20px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.field>.icon{color:var(--muted)}
kbd{flex:none;padding:1px 7px;font:inherit;font-size:12px;color:var(--muted);border:1px solid var(--line);border-radius:6px}
.field:focus-within kbd,.clear:not([hidden])+kbd{display:none}
button{all:unset;box-sizing:border-box;display:inline-flex;align-items:center;gap:6px;cursor:pointer;border-radius:8px;color:var(--accent)}
:is(button,a,.scroll):focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.tool{flex:none;justify-content:center;min-inline-size:32px;block-size:32px;color:var(--muted)}
.tool .icon{inline-size:18px;block-size:18px}
.tool:hover{background:var(--hover);color:var(--text)}
.leave{display:none}
.spinner{flex:none;inline-size:18px;block-size:18px;border:2px solid var(--line);border-block-start-color:var(--accent);border-radius:50%;animation:turn .8s linear infinite}
@keyframes turn{to{transform:rotate(1turn)}}
[hidden]{display:none!important}
.panel{all:unset;box-sizing:border-box;display:none;position:absolute;z-index:2147483000;inset-block-start:calc(100% - -8px);inset-inline:0;
max-block-size:min(620px,70vh);overflow:auto;overscroll-behavior:contain;background:var(--ground);color:var(--text);border:1px solid var(--line);border-radius:var(--radius);box-shadow:0 16px 48px var(--shadow)}
.open .panel{display:block}
.panel:popover-open{position:fixed;inset:auto}
.heading{margin:0;padding:14px 18px 6px;font-size:13px;font-weight:600;color:var(--muted)}
.list{padding:0 8px 8px}
.list:empty{display:none}
.option{all:unset;box-sizing:border-box;display:flex;gap:12px;align-items:flex-start;padding:10px;border-radius:calc(var(--radius)*.7);cursor:pointer;scroll-margin-block:44px}
.option:hover{background:var(--hover)}
.option[aria-selected=true]{background:var(--hover);box-shadow:inset 3px 0 0 var(--accent)}
.option .icon{margin-block-start:3px;color:var(--muted)}
.option .i-go{inline-size:16px;align-self:center;margin-block:0;opacity:.5}
.words{flex:1;min-inline-size:0;display:grid;gap:2px}
.name{font-weight:500}
.path,.snippet{font-size:13.5px;color:var(--muted)}
.snippet{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
mark{background:var(--mark);color:inherit;border-radius:3px}
.answer,.lead{padding:14px;background:color-mix(in srgb,var(--accent) 8%,var(--ground));border:1px solid color-mix(in srgb,var(--accent) 28%,var(--ground))}
.answer{display:block;margin:6px 0 8px}
.tag{display:block;margin-block-end:4px;font-size:12.5px;font-weight:600;color:var(--accent)}
.answer .name{font-size:1.0625em;font-weight:600}
.answer .text{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:6;overflow:hidden;margin-block:4px;white-space:pre-line}
.more{font-size:13.5px;color:var(--accent)}
.ask{align-items:center;margin-block-start:6px}
.ask:not(.lead){border:1px dashed var(--border)}
.ask .icon{margin:0}
.ask .act{flex:none;padding:6px 14px;border-radius:calc(var(--radius)*.6);background:var(--accent);color:var(--on-accent);font-size:14px;font-weight:600}
.lead{margin-block:0 10px}
.note{padding:16px 18px 10px}
.note strong{display:block;font-weight:600}
.note p{margin:2px 0 0;font-size:14.5px;color:var(--muted)}
.meant{padding:12px 18px 0;font-size:14.5px}
.meant button{font-weight:600;text-decoration:underline;padding:2px 4px}
.plain{margin-block-start:10px;min-block-size:36px;padding-inline:16px;border:1px solid var(--border);color:var(--text);font-size:14.5px;font-weight:600}
.foot{position:sticky;inset-block-end:0;display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;justify-content:space-between;padding:10px 18px;background:var(--ground);border-block-start:1px solid var(--line);font-size:13px;color:var(--muted)}
.foot a,.article a{color:var(--accent);text-decoration:underline}
.article{padding:4px 20px 20px}
.bar{position:sticky;inset-block-start:0;display:flex;align-items:center;padding:8px 10px;background:var(--ground);border-block-end:1px solid var(--line)}
.bar button{min-block-size:36px;padding-inline:8px 12px;font-size:14.5px}
.title{outline:none;margin:12px 0 8px;font-size:1.25em;line-height:1.4;font-weight:650}
.body{line-height:1.75}
.body :is(p,ul,ol,pre){margin:0 0 .8em}
.body :is(h2,h3,h4,h5,h6){margin:1.2em 0 .4em;font-size:1.05em}
.body :is(ul,ol){padding-inline-start:1.4em}
.body pre{overflow:auto;padding:12px;background:var(--hover);border-radius:8px}
.body code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}
.scroll{overflow:auto;margin-block-end:.8em}
table{border-collapse:collapse;font-size:.93em}
:is(th,td){padding:6px 10px;border:1px solid var(--line);text-align:start}
.quiet{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.sheet{position:fixed;z-index:2147483000;inset:0;inline-size:100%;display:flex;flex-direction:column;background:var(--ground);
padding:env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left)}
.sheet .field{flex:none;block-size:56px;padding-inline:4px;border-width:0 0 1px;border-color:var(--line);border-radius:0;box-shadow:none}
.sheet .field>.i-search,.sheet kbd{display:none}
.sheet .leave{display:inline-flex}
.sheet input{font-size:max(16px,1em)}
.sheet .tool{min-inline-size:44px;block-size:44px}
.sheet .panel{display:block;position:static;flex:1;min-block-size:0;max-block-size:none;border:0;border-radius:0;box-shadow:none;padding-block-end:env(safe-area-inset-bottom)}
.sheet .option,.sheet .plain,.sheet .bar button,.sheet .meant button{min-block-size:44px}
.sheet .foot a{display:inline-flex;align-items:center;min-block-size:44px}
.keys{letter-spacing:.3em}
@media (hover:none){kbd,.keys{display:none}}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation-duration:3s!important}}
@media (forced-colors:active){.option[aria-selected=true]{outline:2px solid Highlight;outline-offset:-2px}}
`;
