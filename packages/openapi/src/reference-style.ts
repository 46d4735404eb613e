/** How the reference page looks; a file of its own, so that the page needs no inline style. */
export const REFERENCE_STYLE = `:root { color-scheme: light dark; --line: light-dark(#d8dce2, #363b44); --soft: light-dark(#f4f6f8, #1c1f25); --link: light-dark(#0b57c9, #86b4ff); }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); font: 15px/1.5 system-ui, sans-serif; background: light-dark(#fff, #14161a); color: light-dark(#1b1f24, #e3e6ea); }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: 13px; }
nav > a, summary { font-weight: 600; margin: .4rem 0; cursor: pointer; }
nav > a { display: block; }
nav ul { list-style: none; margin: 0 0 .6rem; padding-left: .7rem; }
main { padding: 1.5rem 2rem 6rem; max-width: 60rem; }
section { border-top: 1px solid var(--line); padding: .5rem 0 1.2rem; scroll-margin-top: 1rem; }
h2 { margin-top: 3rem; }
h4 { margin: 1rem 0 .3rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
code { background: var(--soft); padding: .1em .3em; border-radius: 3px; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .8rem; overflow: auto; border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); font-weight: 400; }
td p { margin: .2rem 0; }
.call b { display: inline-block; min-width: 4rem; }
.get { color: light-dark(#1a7f37, #57c979); } .post, .put { color: light-dark(#9a6700, #e0ad3c); } .delete { color: light-dark(#b42318, #ff8b80); }
.who { opacity: .8; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
`;
