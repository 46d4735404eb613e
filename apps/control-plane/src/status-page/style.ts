/** Style of the status page, light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 88rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 2rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; } th { font-weight: 600; white-space: nowrap; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:nth-child(-n+2) { white-space: nowrap; }
small { opacity: .75; }
.figure { min-width: 8rem; } .figure small { display: block; white-space: nowrap; font-variant-numeric: tabular-nums; }
.chart { display: block; }
.chart path { fill: none; stroke-linecap: round; stroke-linejoin: round; }
.chart .base { stroke: var(--line); }
.cpu .line { stroke: light-dark(#1f6feb, #79b8ff); stroke-width: 1.5; }
.memory .line { stroke: light-dark(#8250df, #c9a6ff); stroke-width: 1.5; }
.healthy { color: light-dark(#178a4c, #3fb979); }
.settling, .starting, .provisioning, .stale { color: light-dark(#9a6700, #d8a13a); }
.suspect, .recovering, .bricked { color: light-dark(#c2372c, #ff7b72); font-weight: 600; }
`;
