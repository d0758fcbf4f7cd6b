import { series, stat, table } from './build';
import type { DashboardSpec } from './build';
import { increase, max, rate, share, sum } from './promql';

const TSM = 'job="tsm"';
const devices = `otrp_devices{${TSM}}`;

// Responses to requests that change what a device holds.
const CHANGES = 'type=~"(Create|Update|Delete)SDResponse|' +
    '(Install|Update|Delete)TAResponse"';

function responses(type: string, more = ''): string {
  return `otrp_message_total{${TSM}, ${type}${more}}`;
}

export const fleet: DashboardSpec = {
  name: 'fleet',
  title: 'Fleet',
  description: 'The devices: how many, how well, and what reaches them.',
  from: 'now-24h',
  rows: [
    {
      title: 'Devices',
      panels: [
        stat({
          title: 'Devices',
          description: 'Known to the tsm: every one that ever proved a ' +
              'state.',
          queries: [{ expr: sum(max(devices, 'state')) }],
          unit: 'short',
          graph: true,
          decimals: 0,
        }),
        stat({
          title: 'Refused',
          description: 'Devices whose last verdict was a refusal.',
          queries: [{
            expr: max(`otrp_devices{${TSM}, state="refused"}`),
          }],
          unit: 'short',
          graph: true,
          decimals: 0,
          more: 'attestation_verifier',
        }),
        stat({
          title: 'Contacts',
          description: 'Sessions that ended, in the time range shown.',
          queries: [{
            expr: sum(increase(`otrp_session_total{${TSM}}`)),
          }],
          unit: 'short',
          decimals: 0,
        }),
        stat({
          title: 'Changes made',
          description: 'On devices: security domains and TAs made, updated, ' +
              'deleted, in the time range shown.',
          queries: [{
            expr: sum(increase(responses(CHANGES, ', verdict="ok"'))),
          }],
          unit: 'short',
          decimals: 0,
        }),
        stat({
          title: 'Changes that succeed',
          description: 'Of those that devices answered, in the time range ' +
              'shown.',
          queries: [{
            expr: sum(increase(responses(CHANGES, ', verdict="ok"'))) +
                ' / ' +
                sum(increase(responses(CHANGES, ', verdict=~"ok|fail"'))),
          }],
          unit: 'percentunit',
          limits: [[-Infinity, 'red'], [0.9, 'orange'], [0.99, 'green']],
          decimals: 1,
        }),
        stat({
          title: 'Open sessions',
          description: 'Devices that are being served.',
          queries: [{ expr: max(`otrp_sessions_open{${TSM}}`) }],
          unit: 'none',
          graph: true,
        }),
        series({
          title: 'Devices by state',
          description: 'By the last verdict on each.',
          queries: [{
            expr: max(devices, 'state'), legend: '{{state}}',
          }],
          unit: 'short',
          stacked: true,
          width: 12,
        }),
        series({
          title: 'Share of devices refused',
          description: 'A step: a new version, an anchor that was removed, ' +
              'a policy. "otrpctl device list" names them.',
          queries: [{
            expr: share(max(`otrp_devices{${TSM}, state="refused"}`),
                        sum(max(devices, 'state'))),
            legend: 'refused',
          }],
          unit: 'percentunit',
          width: 12,
        }),
      ],
    },
    {
      title: 'Contacts',
      panels: [
        series({
          title: 'Devices that come',
          description: 'First messages and proved states, per second. The ' +
              'distance between them: devices that never answer.',
          queries: [
            { expr: sum(rate(responses('type="connect"'))), legend: 'connect' },
            {
              expr: sum(rate(responses('type="GetDeviceStateResponse"'))),
              legend: 'state proved',
            },
          ],
          unit: 'ops',
        }),
        series({
          title: 'Sessions by outcome',
          description: 'done, failed, blocked, refused, expired.',
          queries: [{
            expr: sum(rate(`otrp_session_total{${TSM}}`), 'outcome'),
            legend: '{{outcome}}',
          }],
          unit: 'ops',
          stacked: true,
        }),
        series({
          title: 'Dialects',
          description: 'Of the devices that proved a state.',
          queries: [{
            expr: sum(rate(responses('type="GetDeviceStateResponse"')),
                      'dialect'),
            legend: '{{dialect}}',
          }],
          unit: 'ops',
          stacked: true,
        }),
      ],
    },
    {
      title: 'Changes on devices',
      panels: [
        series({
          title: 'Trusted applications',
          description: 'Installed, updated and deleted, per second.',
          queries: ['Install', 'Update', 'Delete'].map((verb) => ({
            expr: sum(rate(responses(`type="${verb}TAResponse"`,
                                     ', verdict="ok"'))),
            legend: verb,
          })),
          unit: 'ops',
        }),
        series({
          title: 'Security domains',
          description: 'Created, updated and deleted, per second.',
          queries: ['Create', 'Update', 'Delete'].map((verb) => ({
            expr: sum(rate(responses(`type="${verb}SDResponse"`,
                                     ', verdict="ok"'))),
            legend: verb,
          })),
          unit: 'ops',
        }),
        series({
          title: 'Share of changes that fail',
          description: 'By what was to be done. One kind only: the release; ' +
              'all kinds: the devices.',
          queries: [{
            expr: share(
                sum(rate(responses(CHANGES, ', verdict="fail"')), 'type'),
                sum(rate(responses(CHANGES, ', verdict=~"ok|fail"')),
                    'type')),
            legend: '{{type}}',
          }],
          unit: 'percentunit',
          limits: [[0.1, 'red']],
        }),
        series({
          title: 'What devices could not do',
          description: 'By their own error codes.',
          queries: [{
            expr: sum(rate(`otrp_device_error_total{${TSM}}`), 'code'),
            legend: '{{code}}',
          }],
          unit: 'ops',
          width: 12,
        }),
        table({
          title: 'What devices could not do, counted',
          description: 'In the time range shown, the most frequent first. ' +
              'Tasks of a device: "otrpctl device show".',
          queries: [{
            expr: `topk(20, ${sum(
                increase(`otrp_device_error_total{${TSM}}`), 'type',
                'code')})`,
          }],
          unit: 'short',
          columns: { type: 'Message', code: 'Code', Value: 'Times' },
          sortBy: 'Times',
        }),
      ],
    },
  ],
};
