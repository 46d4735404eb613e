/**
 * Charts of the status page, as the browser runs them. Values are `{ time, value }`, oldest first, times in Unix
 * seconds. Nothing here asks or remembers anything.
 */
export const CHART_SCRIPT = `
const CHART = { width: 120, height: 28, seconds: 1800 };

/** Cuts where more time passed than a machine is silent for when it works: a gap is shown as a gap. */
function splitAtGaps(values, gapSeconds) {
  const parts = [];
  for (const one of values) {
    const part = parts.at(-1);
    if (part && one.time - part.at(-1).time <= gapSeconds) part.push(one);
    else parts.push([one]);
  }
  return parts;
}

/** The line of a chart as SVG has it; a value between two gaps becomes a dot. */
function chartPath(values, { now, top, gapSeconds }) {
  const x = (time) => (CHART.width * (1 - (now - time) / CHART.seconds)).toFixed(1);
  const y = (value) => (1 + (CHART.height - 2) * (1 - Math.min(1, Math.max(0, value / top)))).toFixed(1);
  const shown = values.filter((one) => one.time > now - CHART.seconds && one.time <= now);
  return splitAtGaps(shown, gapSeconds)
    .map((part) => part.map((one, index) => (index === 0 ? 'M' : 'L') + x(one.time) + ' ' + y(one.value)).join('')
      + (part.length === 1 ? 'h0' : ''))
    .join('');
}

/** What a chart shows, for people who do not see it. */
function describeChart(name, values, say) {
  const all = values.map((one) => one.value);
  return name + ' in the last 30 minutes: ' + say(all.at(-1)) + ' at last, lowest ' + say(Math.min(...all))
    + ', highest ' + say(Math.max(...all));
}

const SVG = 'http://www.w3.org/2000/svg';

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function drawChart(path, about, kind) {
  const { width, height } = CHART;
  const title = svg('title', {});
  title.textContent = about;
  return svg('svg', { viewBox: '0 0 ' + width + ' ' + height, width, height, role: 'img', 'aria-label': about, class: 'chart ' + kind },
    title,
    svg('path', { class: 'base', d: 'M0 ' + (height - 0.5) + 'H' + width }),
    svg('path', { class: 'line', d: path }));
}
`;
