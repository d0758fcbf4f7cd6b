import { heatmap, series, stat, table } from './build';
import type { DashboardSpec } from './build';
import {
  auditEvents, certificates, database, glance, instanceVariable, of,
  processRow, rpc, sealLag, staples, starts,
} from './parts';
import { increase, max, quantile, rate, share, sum } from './promql';

const mine = of('tsm');
const messages = `otrp_message_total{${mine}}`;
const seconds = 'otrp_message_duration_seconds';

export const tsm: DashboardSpec = {
  name: 'tsm',
  title: 'tsm',
  description: 'The Trusted Services Manager: sessions with devices, ' +
      'message by message.',
  tags: ['service'],
  variables: [instanceVariable('tsm')],
  marks: starts(mine),
  rows: [
    glance(
        'tsm',
        stat({
          title: 'Messages',
          description: 'Of devices, per second.',
          queries: [{ expr: sum(rate(messages)) }],
          unit: 'mps',
          graph: true,
        }),
        stat({
          title: 'Open sessions',
          description: 'Under way in the database.',
          queries: [{ expr: max(`otrp_sessions_open{${mine}}`) }],
          unit: 'none',
          graph: true,
        }),
        stat({
          title: '95% within',
          description: 'Server time of one message, 95th percentile.',
          queries: [{ expr: quantile(0.95, seconds, mine) }],
          unit: 's',
          limits: [[0.5, 'orange'], [1, 'red']],
          graph: true,
        }),
        stat({
          title: 'CPU per message',
          description: 'All CPU time of the process, whatever it was for, ' +
              'over its messages.',
          queries: [{
            expr: `${sum(rate(`otrp_process_cpu_seconds_total{${mine}}`))} ` +
                `/ ${sum(rate(messages))}`,
          }],
          unit: 's',
          graph: true,
        })),
    {
      title: 'Messages of devices',
      panels: [
        series({
          title: 'Messages by type',
          description: '"connect" is a device\'s empty first message.',
          queries: [{ expr: sum(rate(messages), 'type'), legend: '{{type}}' }],
          unit: 'mps',
        }),
        series({
          title: 'Messages by verdict',
          description: 'What became of them. ok: taken. fail: the device ' +
              'could not do it. repeated: the stored reply was sent again. ' +
              'The rest was refused.',
          queries: [{
            expr: sum(rate(messages), 'verdict'), legend: '{{verdict}}',
          }],
          unit: 'mps',
        }),
        series({
          title: 'Refused messages',
          description: 'replay, bad-signature, not-authentic, wrong-device: ' +
              'more than usual means that somebody tries. expired, ' +
              'unknown-rid: devices that came back too late.',
          queries: [{
            expr: sum(rate('otrp_message_total{' +
                           `${mine}, verdict!~"ok|fail|repeated"}`),
                      'verdict', 'type'),
            legend: '{{verdict}} {{type}}',
          }],
          unit: 'mps',
        }),
        series({
          title: 'Messages by dialect',
          description: 'ietf03 and the older pei03.',
          queries: [{
            expr: sum(rate(messages), 'dialect'), legend: '{{dialect}}',
          }],
          unit: 'mps',
          stacked: true,
        }),
        series({
          title: 'Errors that devices answered with',
          description: 'Responses with status fail, by the code of their ' +
              'first reason.',
          queries: [{
            expr: sum(rate(`otrp_device_error_total{${mine}}`), 'type',
                      'code'),
            legend: '{{type}} {{code}}',
          }],
          unit: 'mps',
        }),
        table({
          title: 'Errors that devices answered with, counted',
          description: 'In the time range shown, the most frequent first.',
          queries: [{
            expr: `topk(20, ${sum(
                increase(`otrp_device_error_total{${mine}}`), 'type',
                'code')})`,
          }],
          unit: 'short',
          columns: { type: 'Message', code: 'Code', Value: 'Times' },
          sortBy: 'Times',
          width: 8,
        }),
      ],
    },
    {
      title: 'What a message costs',
      panels: [
        series({
          title: 'Time of a message by type, 95th percentile',
          description: 'Verifier and database included.',
          queries: [{
            expr: quantile(0.95, seconds, mine, 'type'), legend: '{{type}}',
          }],
          unit: 's',
        }),
        heatmap({
          title: 'Times of messages',
          description: 'How many messages took how long.',
          queries: [{ expr: sum(rate(`${seconds}_bucket{${mine}}`), 'le') }],
          unit: 's',
          width: 8,
        }),
        series({
          title: 'CPU of a message by type',
          description: 'CPU time of the thread that served it. Cryptography ' +
              'is nearly all of it: see docs/architecture.md for what one ' +
              'transaction costs.',
          queries: [{
            expr: sum(rate(`otrp_message_cpu_seconds_total{${mine}}`),
                      'type') + ' / ' + sum(rate(messages), 'type'),
            legend: '{{type}}',
          }],
          unit: 's',
        }),
        series({
          title: 'Public-key operations',
          description: 'By operation and kind of key. RSA decryptions are ' +
              'one for each response of an RSA device.',
          queries: [{
            expr: sum(rate(`otrp_crypto_ops_total{${mine}}`), 'op', 'alg'),
            legend: '{{op}} {{alg}}',
          }],
          unit: 'ops',
        }),
        series({
          title: 'Public-key operations for one message',
          description: 'Rises without a new mix of devices: work that was ' +
              'spared before is done again.',
          queries: [{
            expr: `${sum(rate(`otrp_crypto_ops_total{${mine}}`))} / ` +
                sum(rate(messages)),
            legend: 'operations',
          }],
          unit: 'short',
        }),
        series({
          title: 'CPU for messages, of the process\'s',
          description: 'The rest is for requests signed ahead, for other ' +
              'calls and for housekeeping.',
          queries: [{
            expr: sum(rate(`otrp_message_cpu_seconds_total{${mine}}`)) +
                ' / ' + sum(rate(`otrp_process_cpu_seconds_total{${mine}}`)),
            legend: 'share',
          }],
          unit: 'percentunit',
        }),
      ],
    },
    {
      title: 'Sessions',
      panels: [
        series({
          title: 'Sessions that ended',
          description: 'done: the device has what it should have. failed: ' +
              'a task failed. blocked: something is left to do that waits ' +
              'or was given up. refused: the device is not trusted. ' +
              'expired: it did not come back in time.',
          queries: [{
            expr: sum(rate(`otrp_session_total{${mine}}`), 'outcome'),
            legend: '{{outcome}}',
          }],
          unit: 'ops',
        }),
        series({
          title: 'Share of sessions that did not end well',
          description: 'failed and expired; a refused device is the ' +
              'verifier\'s affair.',
          queries: [{
            expr: share(
                sum(rate('otrp_session_total{' +
                         `${mine}, outcome=~"failed|expired"}`)),
                sum(rate(`otrp_session_total{${mine}}`))),
            legend: 'failed or expired',
          }],
          unit: 'percentunit',
        }),
        series({
          title: 'Open sessions',
          description: 'Of the database, so the same for each instance.',
          queries: [{
            expr: max(`otrp_sessions_open{${mine}}`), legend: 'open',
          }],
          unit: 'none',
        }),
      ],
    },
    {
      title: 'TAs that service providers are asked for',
      panels: [
        series({
          title: 'Pull endpoints asked',
          description: 'ok: an answer that a device gets. unreachable: no ' +
              'answer, or "later". untrusted: not signed by the service ' +
              'provider, or not for the request. forbidden: no host of the ' +
              'public Internet. refused: not for this device.',
          queries: [{
            expr: sum(rate(`otrp_pull_total{${mine}}`), 'outcome'),
            legend: '{{outcome}}',
          }],
          unit: 'ops',
        }),
        series({
          title: 'Time of an answer, 95th percentile',
          description: 'From the request to the checked answer, or to its ' +
              'failure. No device waits for it.',
          queries: [{
            expr: quantile(0.95, 'otrp_pull_duration_seconds', mine,
                           'outcome'),
            legend: '{{outcome}}',
          }],
          unit: 's',
        }),
        series({
          title: 'Waiting, and endpoints down',
          description: 'Devices\' TAs that are still to be asked for, and ' +
              'endpoints that failed several times in a row. In memory: ' +
              'gone after a restart, until the devices come again.',
          queries: [
            {
              expr: sum(`otrp_pulls_waiting{${mine}}`), legend: 'waiting',
            },
            {
              expr: max(`otrp_pull_endpoints_down{${mine}}`),
              legend: 'endpoints down',
            },
          ],
          unit: 'none',
        }),
      ],
    },
    {
      title: 'What devices are to have',
      panels: [
        series({
          title: 'Age of the catalogue',
          description: 'Since the catalogue in memory was last found to be ' +
              'the newest. No device is judged by one that isn\'t: what ' +
              'cannot read it answers 503.',
          queries: [{
            expr: max(`otrp_catalogue_age_seconds{${mine}}`), legend: 'age',
          }],
          unit: 's',
        }),
        series({
          title: 'Memory of the catalogue',
          description: 'Rules, applications and releases, without images. ' +
              'Assignments to single devices are not in it.',
          queries: [{
            expr: max(`otrp_catalogue_bytes{${mine}}`), legend: 'memory',
          }],
          unit: 'bytes',
        }),
        series({
          title: 'Version of the catalogue',
          description: 'Grows with each change that reaches devices.',
          queries: [{
            expr: max(`otrp_catalogue_version{${mine}}`), legend: 'version',
          }],
          unit: 'none',
        }),
        series({
          title: 'Requests that take something away',
          description: 'component: DeleteTA. domain: DeleteSD. Each follows ' +
              'from a recorded decision.',
          queries: [{
            expr: sum(rate(`otrp_removal_total{${mine}}`), 'kind'),
            legend: '{{kind}}',
          }],
          unit: 'ops',
        }),
        series({
          title: 'Devices that lost something within an hour, and the brake',
          description: 'Beyond the brake\'s limit removals pause until an ' +
              'operator releases them.',
          queries: [
            {
              expr: max(`otrp_devices_losing{${mine}}`), legend: 'devices',
            },
            {
              expr: max(`otrp_removals_paused{${mine}}`), legend: 'paused',
            },
          ],
          unit: 'none',
        }),
      ],
    },
    {
      title: 'Identity and audit',
      panels: [
        certificates(mine, 6), staples(mine, 6), auditEvents(mine, 6),
        sealLag(mine, 6),
      ],
    },
    rpc('tsm'),
    database('tsm'),
    processRow('tsm'),
  ],
};
