import { labelVariable, series, stat } from './build';
import type { DashboardSpec } from './build';
import { max, rate, sum } from './promql';

// Series of prometheus-postgres-exporter.
const SERVER = 'job="postgres", instance=~"$instance"';
const DATABASE = `${SERVER}, datname=~"$datname"`;

function perSecond(metric: string, ...by: string[]): string {
  return sum(rate(`${metric}{${DATABASE}}`), ...by);
}

export const postgres: DashboardSpec = {
  name: 'postgres',
  title: 'PostgreSQL',
  description: 'The database, by prometheus-postgres-exporter.',
  variables: [
    labelVariable('instance', 'instance', 'pg_up{job="postgres"}',
                  'Exporters, one for each server.'),
    labelVariable('datname', 'datname',
                  'pg_database_size_bytes{job="postgres"}',
                  'Databases of the server.', '/^(?!template)/'),
  ],
  marks: [],
  rows: [
    {
      title: 'At a glance',
      panels: [
        stat({
          title: 'Reached',
          description: 'Whether the exporter gets into the database.',
          queries: [{ expr: `pg_up{${SERVER}}`, legend: '{{instance}}' }],
          unit: 'none',
          limits: [[-Infinity, 'red'], [1, 'green']],
          colour: 'background',
          text: {
            0: { text: 'no', color: 'red' }, 1: { text: 'yes', color: 'green' },
          },
        }),
        stat({
          title: 'Connections in use',
          description: 'Of those that the server allows. At the limit, new ' +
              'processes do not get ready.',
          queries: [{
            expr: `sum(pg_stat_activity_count{${SERVER}}) / ` +
                max(`pg_settings_max_connections{${SERVER}}`),
          }],
          unit: 'percentunit',
          limits: [[0.7, 'orange'], [0.9, 'red']],
          graph: true,
        }),
        stat({
          title: 'Commits',
          description: 'Per second.',
          queries: [{ expr: perSecond('pg_stat_database_xact_commit') }],
          unit: 'ops',
          graph: true,
        }),
        stat({
          title: 'Cache hits',
          description: 'Blocks found in the server\'s own cache, of those ' +
              'that were read. Below 99% for long: more shared_buffers.',
          queries: [{
            expr: perSecond('pg_stat_database_blks_hit') + ' / (' +
                perSecond('pg_stat_database_blks_hit') + ' + ' +
                perSecond('pg_stat_database_blks_read') + ')',
          }],
          unit: 'percentunit',
          limits: [[-Infinity, 'red'], [0.9, 'orange'], [0.99, 'green']],
          graph: true,
          decimals: 2,
        }),
        stat({
          title: 'Size',
          description: 'Of the databases shown.',
          queries: [{ expr: sum(`pg_database_size_bytes{${DATABASE}}`) }],
          unit: 'bytes',
          graph: true,
        }),
        stat({
          title: 'Longest transaction',
          description: 'That runs now. Above minutes, it keeps dead rows ' +
              'from being cleared away.',
          queries: [{
            expr: max(`pg_stat_activity_max_tx_duration{${DATABASE}}`),
          }],
          unit: 's',
          limits: [[60, 'orange'], [600, 'red']],
          graph: true,
        }),
      ],
    },
    {
      title: 'Connections',
      panels: [
        series({
          title: 'Connections by state',
          description: 'idle in transaction: a caller that holds locks and ' +
              'does nothing.',
          queries: [
            {
              expr: sum(`pg_stat_activity_count{${DATABASE}}`, 'state'),
              legend: '{{state}}',
            },
          ],
          unit: 'none',
          stacked: true,
        }),
        series({
          title: 'Connections and their limit',
          description: 'All databases of the server.',
          queries: [
            {
              expr: sum(`pg_stat_database_numbackends{${SERVER}}`),
              legend: 'connections',
            },
            {
              expr: max(`pg_settings_max_connections{${SERVER}}`),
              legend: 'at most',
            },
          ],
          unit: 'none',
        }),
        series({
          title: 'Sessions begun and lost',
          description: 'begun: pools that open connections anew all the time ' +
              'show here. abandoned, fatal, killed: cut off.',
          queries: ['', '_abandoned', '_fatal', '_killed'].map((kind) => ({
            expr: perSecond(`pg_stat_database_sessions${kind}`),
            legend: kind.slice(1) || 'begun',
          })),
          unit: 'ops',
        }),
      ],
    },
    {
      title: 'Work',
      panels: [
        series({
          title: 'Transactions',
          description: 'Committed and rolled back, per second. Rollbacks ' +
              'that grow: conflicts, or callers that fail.',
          queries: ['commit', 'rollback'].map((end) => ({
            expr: perSecond(`pg_stat_database_xact_${end}`), legend: end,
          })),
          unit: 'ops',
        }),
        series({
          title: 'Rows written',
          description: 'Inserted, updated and deleted, per second.',
          queries: ['inserted', 'updated', 'deleted'].map((how) => ({
            expr: perSecond(`pg_stat_database_tup_${how}`), legend: how,
          })),
          unit: 'ops',
        }),
        series({
          title: 'Rows read',
          description: 'returned: looked at by scans; fetched: by index. ' +
              'Far more returned than fetched: an index is missing.',
          queries: ['returned', 'fetched'].map((how) => ({
            expr: perSecond(`pg_stat_database_tup_${how}`), legend: how,
          })),
          unit: 'ops',
        }),
        series({
          title: 'Blocks',
          description: 'Found in the cache, and read from outside of it.',
          queries: [
            { expr: perSecond('pg_stat_database_blks_hit'), legend: 'hit' },
            { expr: perSecond('pg_stat_database_blks_read'), legend: 'read' },
          ],
          unit: 'ops',
          logarithmic: true,
        }),
        series({
          title: 'Temporary files',
          description: 'Sorts and joins that work_mem is too small for.',
          queries: [{
            expr: perSecond('pg_stat_database_temp_bytes', 'datname'),
            legend: '{{datname}}',
          }],
          unit: 'Bps',
        }),
        series({
          title: 'Longest transaction by state',
          description: 'How long the oldest one has run.',
          queries: [{
            expr: max(`pg_stat_activity_max_tx_duration{${DATABASE}}`,
                      'state'),
            legend: '{{state}}',
          }],
          unit: 's',
        }),
      ],
    },
    {
      title: 'Locks',
      panels: [
        series({
          title: 'Locks by mode',
          description: 'Exclusive ones that stay: a migration, or a caller ' +
              'that hangs.',
          queries: [{
            expr: sum(`pg_locks_count{${DATABASE}}`, 'mode'),
            legend: '{{mode}}',
          }],
          unit: 'none',
          width: 12,
        }),
        series({
          title: 'Deadlocks and conflicts',
          description: 'Per second. A deadlock costs one of the two its ' +
              'transaction; the suite repeats it.',
          queries: [
            {
              expr: perSecond('pg_stat_database_deadlocks'),
              legend: 'deadlocks',
            },
            {
              expr: perSecond('pg_stat_database_conflicts'),
              legend: 'conflicts of a standby',
            },
          ],
          unit: 'ops',
          width: 12,
        }),
      ],
    },
    {
      title: 'WAL, checkpoints and space',
      panels: [
        series({
          title: 'Checkpoints',
          description: 'Per second: by the clock, and requested because ' +
              'the WAL filled up. More requested ones than timed ones: ' +
              'raise max_wal_size.',
          queries: [
            {
              expr: sum(rate(
                  `pg_stat_bgwriter_checkpoints_timed_total{${SERVER}}`)),
              legend: 'timed',
            },
            {
              expr: sum(rate(
                  `pg_stat_bgwriter_checkpoints_req_total{${SERVER}}`)),
              legend: 'requested',
            },
          ],
          unit: 'ops',
        }),
        series({
          title: 'Buffers written',
          description: 'By checkpoints, by the background writer, and by ' +
              'callers themselves, who wait for it.',
          queries: [
            { who: 'checkpoint', as: 'checkpoints' },
            { who: 'clean', as: 'background writer' },
            { who: 'backend', as: 'callers' },
          ].map(({ who, as }) => ({
            expr: sum(rate(
                `pg_stat_bgwriter_buffers_${who}_total{${SERVER}}`)),
            legend: as,
          })),
          unit: 'ops',
        }),
        series({
          title: 'WAL segments archived',
          description: 'And failed: as long as archiving fails, WAL piles ' +
              'up on the server\'s disk, and the backup ends at the last ' +
              'segment.',
          queries: [
            {
              expr: sum(rate(
                  `pg_stat_archiver_archived_count{${SERVER}}`)),
              legend: 'archived',
            },
            {
              expr: sum(rate(`pg_stat_archiver_failed_count{${SERVER}}`)),
              legend: 'failed',
            },
          ],
          unit: 'ops',
        }),
        series({
          title: 'Time of checkpoints',
          description: 'Spent writing and syncing, of all time. Sync that ' +
              'grows: the disk is slow.',
          // The exporter hands on PostgreSQL's milliseconds.
          queries: ['write', 'sync'].map((what) => ({
            expr: sum(rate(`pg_stat_bgwriter_checkpoint_${what}_time_total{` +
                           `${SERVER}}`)) + ' / 1000',
            legend: what,
          })),
          unit: 'percentunit',
        }),
        series({
          title: 'Size',
          description: 'Of each database, on disk.',
          queries: [{
            expr: max(`pg_database_size_bytes{${DATABASE}}`, 'datname'),
            legend: '{{datname}}',
          }],
          unit: 'bytes',
        }),
        series({
          title: 'Statistics gathered',
          description: 'Time of the exporter for one scrape, and whether ' +
              'the last one had an error (1).',
          queries: [
            {
              expr: max('pg_exporter_last_scrape_duration_seconds{' +
                        `${SERVER}}`),
              legend: 'seconds',
            },
            {
              expr: max(`pg_exporter_last_scrape_error{${SERVER}}`),
              legend: 'error',
            },
          ],
          unit: 'short',
        }),
      ],
    },
  ],
};
