// docs/dashboards.md: what the dashboards show, for those without a Grafana
// before them.

import type { Dashboard, Panel, RowPanel } from '@grafana/schema';

function cell(text: string | undefined): string {
  return (text ?? '').replaceAll('|', '\\|');
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}

export function document(
    dashboards: ReadonlyArray<{ name: string; json: Dashboard }>): string {
  const lines = [
    '# Dashboards',
    '',
    'For Grafana, over the Prometheus that scrapes the suite. How to load ' +
        'them says',
    '[operations.md](operations.md#dashboards). They, and this page, are ' +
        'made of',
    '`deploy/grafana/src` by `./otrp docs`.',
    '',
    '| dashboard | file | shows |',
    '| --- | --- | --- |',
    ...dashboards.map(({ name, json }) =>
        `| [${cell(json.title)}](#${anchor(json.title ?? '')}) ` +
        `| \`deploy/grafana/${name}.json\` | ${cell(json.description)} |`),
  ];
  for (const { json } of dashboards) {
    lines.push('', `## ${json.title}`);
    for (const panel of json.panels ?? []) {
      if (isRow(panel)) {
        lines.push('', `### ${panel.title}`, '', '| panel | meaning |',
                   '| --- | --- |');
      } else {
        lines.push(`| ${cell(panel.title)} | ${cell(panel.description)} |`);
      }
    }
  }
  return lines.join('\n') + '\n';
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
}
