// Builders: what all panels and dashboards of the suite have in common, so
// that a dashboard's file says only what it shows.

import {
  BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode,
  DashboardCursorSync, defaultDashboard, FieldColorModeId, GraphDrawStyle,
  GraphThresholdsStyleMode, HeatmapCellLayout, LegendDisplayMode,
  PercentChangeColorMode, ScaleDistribution, SortOrder, StackingMode,
  TableCellHeight, ThresholdsMode, TooltipDisplayMode, VariableHide,
  VariableRefresh, VariableSort, VisibilityMode, VizOrientation,
} from '@grafana/schema';
import type {
  AnnotationQuery, Dashboard, DashboardLink, DataQuery, DataSourceRef,
  DataTransformerConfig, FieldConfig, LegendPlacement, Panel, RowPanel,
  Threshold, ValueMapping, VariableModel,
} from '@grafana/schema';
import type {
  FieldConfig as HeatmapField, Options as HeatmapOptions,
} from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type {
  Options as StatOptions,
} from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as StateField, Options as StateOptions,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type {
  FieldConfig as TableField, Options as TableOptions,
} from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type {
  FieldConfig as SeriesField, Options as SeriesOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

export const DATASOURCE: DataSourceRef = {
  type: 'prometheus', uid: '${datasource}',
};

const COLUMNS = 24;

// --- Queries ---------------------------------------------------------------

export interface Query {
  expr: string;
  legend?: string;
}

// A query in Prometheus' own terms; its plugin's types aren't in
// @grafana/schema.
interface PrometheusQuery extends DataQuery {
  datasource: DataSourceRef;
  editorMode: 'code';
  expr: string;
  format: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  legendFormat: string;
  range: boolean;
}

function targets(
    queries: Query[], format: PrometheusQuery['format'],
    instant: boolean): Array<Record<string, unknown>> {
  return queries.map((query, index) => ({
    datasource: DATASOURCE,
    editorMode: 'code',
    expr: query.expr,
    format,
    instant,
    legendFormat: query.legend ?? '__auto',
    range: !instant,
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
  } satisfies PrometheusQuery));
}

// --- Panels ----------------------------------------------------------------

// Units by Grafana's names.
export type Unit =
    'bytes' | 'decbytes' | 'percentunit' | 'reqps' | 'ops' | 's' | 'short' |
    'none' | 'mps' | 'dtdurations' | 'dateTimeAsIso' | 'cps' | 'Bps';

export interface PanelSpec {
  title: string;
  // What one sees, and what to make of it.
  description: string;
  queries: Query[];
  unit: Unit;
  // Of 24 columns.
  width?: number;
  height?: number;
  // From this value on a colour: [value, colour], rising.
  limits?: Array<[number, string]>;
  max?: number;
  // uid of the dashboard that tells more.
  more?: string;
}

export interface SeriesSpec extends PanelSpec {
  stacked?: boolean;
  bars?: boolean;
  logarithmic?: boolean;
  // A legend under the plot without figures, for many short series.
  plainLegend?: boolean;
}

export interface StatSpec extends PanelSpec {
  colour?: 'value' | 'background' | 'none';
  graph?: boolean;
  decimals?: number;
  text?: Record<string, { text: string; color: string }>;
}

// A panel without its place.
export interface Sized {
  width: number;
  height: number;
  panel: Panel;
}

function steps(limits: Array<[number, string]> = []): Threshold[] {
  // The base holds for everything below the first limit; JSON has no
  // -Infinity, Grafana reads null as that.
  const base = { color: 'green', value: null } as unknown as Threshold;
  const rest = limits.map(([value, color]): Threshold => ({ value, color }));
  return limits[0]?.[0] === -Infinity ?
      [{ ...base, color: limits[0][1] }, ...rest.slice(1)] : [base, ...rest];
}

function defaults(spec: PanelSpec, custom: object): FieldConfig {
  return {
    color: { mode: FieldColorModeId.PaletteClassic },
    custom: { ...custom },
    mappings: [],
    min: 0,
    ...(spec.max === undefined ? {} : { max: spec.max }),
    thresholds: { mode: ThresholdsMode.Absolute, steps: steps(spec.limits) },
    unit: spec.unit,
  };
}

function frame(spec: PanelSpec, type: string): Panel {
  return {
    type,
    title: spec.title,
    description: spec.description,
    datasource: DATASOURCE,
    ...(spec.more === undefined ? {} : { links: [linkTo(spec.more, 'More')] }),
  };
}

// Shortens "otrp.ca.v1.RevocationStatus.GetCrl" in legends.
const SHORT_METHODS: DataTransformerConfig = {
  id: 'renameByRegex',
  options: { regex: 'otrp\\.\\w+\\.v\\d+\\.', renamePattern: '' },
};

export function series(spec: SeriesSpec): Sized {
  const field: SeriesField = {
    drawStyle: spec.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line,
    fillOpacity: spec.stacked || spec.bars ? 60 : 10,
    lineWidth: 1,
    showPoints: VisibilityMode.Never,
    spanNulls: false,
    stacking: {
      group: 'A',
      mode: spec.stacked ? StackingMode.Normal : StackingMode.None,
    },
    thresholdsStyle: {
      mode: spec.limits ? GraphThresholdsStyleMode.Dashed :
          GraphThresholdsStyleMode.Off,
    },
    ...(spec.logarithmic ?
        { scaleDistribution: { type: ScaleDistribution.Log, log: 10 } } : {}),
  };
  const options: SeriesOptions = {
    legend: {
      calcs: spec.plainLegend ? [] : ['mean', 'max', 'lastNotNull'],
      displayMode: spec.plainLegend ? LegendDisplayMode.List :
          LegendDisplayMode.Table,
      placement: 'bottom' satisfies LegendPlacement,
      showLegend: true,
    },
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
  };
  const config = defaults(spec, field);
  if (spec.logarithmic) delete config.min;
  return {
    width: spec.width ?? 8,
    height: spec.height ?? 8,
    panel: {
      ...frame(spec, 'timeseries'),
      fieldConfig: { defaults: config, overrides: [] },
      options: { ...options },
      targets: targets(spec.queries, 'time_series', false),
      ...(spec.queries.some((q) => q.legend?.includes('{{method}}')) ?
          { transformations: [SHORT_METHODS] } : {}),
    },
  };
}

export function stat(spec: StatSpec): Sized {
  const options: StatOptions = {
    colorMode: {
      value: BigValueColorMode.Value,
      background: BigValueColorMode.Background,
      none: BigValueColorMode.None,
    }[spec.colour ?? (spec.limits ? 'value' : 'none')],
    graphMode: spec.graph ? BigValueGraphMode.Area : BigValueGraphMode.None,
    justifyMode: BigValueJustifyMode.Auto,
    orientation: VizOrientation.Auto,
    percentChangeColorMode: PercentChangeColorMode.Standard,
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    showPercentChange: false,
    textMode: spec.queries.length > 1 ? BigValueTextMode.ValueAndName :
        BigValueTextMode.Auto,
    wideLayout: true,
  };
  const config: FieldConfig = defaults(spec, {});
  config.color = { mode: FieldColorModeId.Thresholds };
  if (spec.decimals !== undefined) config.decimals = spec.decimals;
  if (spec.text) config.mappings = [mapping(spec.text)];
  // A remaining time may be negative.
  delete config.min;
  return {
    width: spec.width ?? 4,
    height: spec.height ?? 4,
    panel: {
      ...frame(spec, 'stat'),
      fieldConfig: { defaults: config, overrides: [] },
      options: { ...options },
      // The last value of a graph is the value; without one, asking for one
      // moment is enough.
      targets: targets(spec.queries, 'time_series', !spec.graph),
    },
  };
}

function mapping(
    texts: Record<string, { text: string; color: string }>): ValueMapping {
  return {
    type: 'value',
    options: Object.fromEntries(Object.entries(texts).map(
        ([value, shown], index) => [value, { ...shown, index }])),
  } as ValueMapping;
}

// A band for each series, coloured by its value over time.
export function states(
    spec: PanelSpec,
    text: Record<string, { text: string; color: string }>): Sized {
  const field: StateField = { fillOpacity: 80, lineWidth: 0 };
  const options: StateOptions = {
    legend: {
      calcs: [], displayMode: LegendDisplayMode.List, placement: 'bottom',
      showLegend: false,
    },
    mergeValues: true,
    rowHeight: 0.9,
    showValue: VisibilityMode.Never,
    tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
  };
  const config = defaults(spec, field);
  config.color = { mode: FieldColorModeId.Thresholds };
  config.mappings = [mapping(text)];
  return {
    width: spec.width ?? 12,
    height: spec.height ?? 8,
    panel: {
      ...frame(spec, 'state-timeline'),
      fieldConfig: { defaults: config, overrides: [] },
      options: { ...options },
      targets: targets(spec.queries, 'time_series', false),
    },
  };
}

// How the durations of a histogram are spread over time; the expression is the
// rate of its buckets by "le".
export function heatmap(spec: PanelSpec): Sized {
  const field: HeatmapField = {
    scaleDistribution: { type: ScaleDistribution.Linear },
  };
  const options: HeatmapOptions = {
    calculate: false,
    cellGap: 1,
    cellValues: { unit: 'reqps' },
    color: {
      exponent: 0.5, fill: 'dark-orange', mode: 'scheme', reverse: false,
      scheme: 'Oranges', steps: 64,
    } as HeatmapOptions['color'],
    exemplars: { color: 'rgba(255,0,255,0.7)' },
    filterValues: { le: 0.00001 },
    legend: { show: true },
    rowsFrame: { layout: HeatmapCellLayout.auto },
    showValue: VisibilityMode.Never,
    tooltip: { mode: TooltipDisplayMode.Single, yHistogram: true },
    yAxis: { unit: spec.unit } as HeatmapOptions['yAxis'],
  };
  return {
    width: spec.width ?? 12,
    height: spec.height ?? 8,
    panel: {
      ...frame(spec, 'heatmap'),
      fieldConfig: { defaults: defaults(spec, field), overrides: [] },
      options: { ...options },
      targets: targets(spec.queries.map(
          (query) => ({ ...query, legend: '{{le}}' })), 'heatmap', false),
    },
  };
}

export interface TableSpec extends PanelSpec {
  // Label or "Value" -> heading, in the order of the columns.
  columns: Record<string, string>;
  sortBy: string;
  ascending?: boolean;
}

// The series of one moment as rows.
export function table(spec: TableSpec): Sized {
  const field = { filterable: true } satisfies Partial<TableField>;
  const options: TableOptions = {
    cellHeight: TableCellHeight.Sm,
    frameIndex: 0,
    showHeader: true,
    sortBy: [{ desc: !spec.ascending, displayName: spec.sortBy }],
  };
  const config = defaults(spec, field);
  delete config.min;
  config.color = { mode: FieldColorModeId.Thresholds };
  const names = Object.keys(spec.columns);
  return {
    width: spec.width ?? 12,
    height: spec.height ?? 8,
    panel: {
      ...frame(spec, 'table'),
      fieldConfig: { defaults: config, overrides: [] },
      options: { ...options },
      targets: targets(spec.queries, 'table', true),
      transformations: [
        { id: 'filterFieldsByName', options: { include: { names } } },
        {
          id: 'organize',
          options: {
            excludeByName: {},
            indexByName: Object.fromEntries(names.map((n, i) => [n, i])),
            renameByName: spec.columns,
          },
        },
      ],
    },
  };
}

// --- Dashboards ------------------------------------------------------------

export interface Row {
  title: string;
  panels: Sized[];
}

export interface DashboardSpec {
  // Name of its file; "otrp-" before it is its uid.
  name: string;
  title: string;
  description: string;
  variables?: VariableModel[];
  // Marks in all its plots: title -> series; a mark where it has a value.
  marks?: Array<{ name: string; expr: string; text: string; color: string }>;
  rows: Row[];
  tags?: string[];
  // How far back it looks at first.
  from?: string;
}

// A variable that takes its values from a label.
export function labelVariable(
    name: string, label: string, selector: string, description: string,
    regex = ''): VariableModel {
  return {
    type: 'query',
    name,
    label: name,
    description,
    allValue: '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
    datasource: DATASOURCE,
    hide: VariableHide.dontHide,
    includeAll: true,
    multi: true,
    query: `label_values(${selector}, ${label})`,
    refresh: VariableRefresh.onTimeRangeChanged,
    regex,
    sort: VariableSort.alphabeticalAsc,
  };
}

function datasourceVariable(): VariableModel {
  return {
    type: 'datasource',
    name: 'datasource',
    label: 'datasource',
    description: 'The Prometheus that scrapes the suite.',
    hide: VariableHide.dontHide,
    includeAll: false,
    multi: false,
    options: [],
    query: 'prometheus',
    refresh: VariableRefresh.onDashboardLoad,
    regex: '',
  };
}

// Added to every query by Grafana itself: where one Prometheus sees several
// installations, their namespace or cluster.
function filterVariable(): VariableModel {
  const variable = {
    type: 'adhoc',
    name: 'filter',
    label: 'filter',
    description: 'Labels that all series must have, e.g. namespace.',
    datasource: DATASOURCE,
    filters: [],
    hide: VariableHide.dontHide,
  } satisfies VariableModel & { filters: unknown[] };
  return variable;
}

export function uid(name: string): string {
  return `otrp-${name.replaceAll('_', '-')}`;
}

function linkTo(name: string, title: string): DashboardLink {
  return {
    asDropdown: false,
    icon: 'dashboard',
    includeVars: false,
    keepTime: true,
    tags: [],
    targetBlank: false,
    title,
    tooltip: '',
    type: 'link',
    url: `/d/${uid(name)}?\${datasource:queryparam}`,
  };
}

function annotations(spec: DashboardSpec): AnnotationQuery[] {
  return [
    {
      builtIn: 1,
      datasource: { type: 'grafana', uid: '-- Grafana --' },
      enable: true,
      hide: true,
      iconColor: 'rgba(0, 211, 255, 1)',
      name: 'Annotations & Alerts',
      type: 'dashboard',
    },
    ...(spec.marks ?? []).map(({ name, expr, text, color }) => ({
      datasource: DATASOURCE,
      enable: true,
      expr,
      iconColor: color,
      name,
      step: '30s',
      titleFormat: text,
    })),
  ];
}

// Panels from left to right, rows from top to bottom.
function layOut(rows: Row[]): Array<Panel | RowPanel> {
  const placed: Array<Panel | RowPanel> = [];
  let y = 0;
  for (const row of rows) {
    placed.push({
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      id: placed.length + 1,
      panels: [],
      title: row.title,
      type: 'row',
    });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { width, height, panel } of row.panels) {
      if (x + width > COLUMNS) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      placed.push({
        ...panel,
        gridPos: { x, y, w: width, h: height },
        id: placed.length + 1,
      });
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  return placed;
}

export function build(
    spec: DashboardSpec, all: ReadonlyArray<{ name: string; title: string }>,
    ): Dashboard {
  return {
    ...defaultDashboard,
    uid: uid(spec.name),
    title: `OTrP / ${spec.title}`,
    description: spec.description,
    tags: ['otrp', ...(spec.tags ?? [])],
    annotations: { list: annotations(spec) },
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    links: all.filter(({ name }) => name !== spec.name)
        .map(({ name, title }) => linkTo(name, title)),
    panels: layOut(spec.rows),
    refresh: '30s',
    templating: {
      list: [
        datasourceVariable(), ...(spec.variables ?? []), filterVariable(),
      ],
    },
    time: { from: spec.from ?? 'now-1h', to: 'now' },
    timezone: 'browser',
  };
}
