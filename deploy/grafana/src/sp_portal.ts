import { series, stat } from './build';
import type { DashboardSpec } from './build';
import {
  auditEvents, database, glance, instanceVariable, of, outboxAge,
  outboxHeldUp, outboxPending, processRow, rpc, sealLag, starts,
} from './parts';
import { increase, max, mean, rate, sum } from './promql';

const mine = of('sp_portal');

function calls(method: string, more = ''): string {
  return `otrp_rpc_handled_total{${mine}, method=~".*\\\\.${method}"${more}}`;
}

export const spPortal: DashboardSpec = {
  name: 'sp_portal',
  title: 'sp_portal',
  description: 'Service providers: their certificates, trusted applications ' +
      'and assignments, and their way to the tsm.',
  tags: ['service'],
  variables: [instanceVariable('sp_portal')],
  marks: starts(mine),
  rows: [
    glance(
        'sp_portal',
        stat({
          title: 'Not delivered yet',
          description: 'Events for the tsm in the outbox.',
          queries: [{ expr: max(`otrp_outbox_pending{${mine}}`) }],
          unit: 'none',
          limits: [[100, 'orange'], [1000, 'red']],
          graph: true,
        }),
        stat({
          title: 'Oldest in the outbox',
          description: 'How long it waits; zero: none waits.',
          queries: [{ expr: max(`otrp_outbox_oldest_age_seconds{${mine}}`) }],
          unit: 's',
          limits: [[60, 'orange'], [300, 'red']],
          graph: true,
        }),
        stat({
          title: 'Images pushed',
          description: 'And taken, in the time range shown.',
          queries: [{
            expr: sum(increase(calls('PushImage', ', code="OK"'))),
          }],
          unit: 'short',
          decimals: 0,
        }),
        stat({
          title: 'Versions released',
          description: 'In the time range shown.',
          queries: [{
            expr: sum(increase(calls('ReleaseVersion', ', code="OK"'))),
          }],
          unit: 'short',
          decimals: 0,
        })),
    {
      title: 'To the tsm',
      panels: [
        outboxPending(mine, 8),
        outboxAge(mine, 8),
        outboxHeldUp(mine, 8),
        series({
          title: 'Events that the tsm took',
          description: 'By its answer. Whatever is not OK is delivered ' +
              'again, in order: it holds up its own service provider.',
          queries: [{
            expr: sum(rate('otrp_rpc_handled_total{' +
                           'job="tsm", method=~".*\\\\.Apply"}'), 'code'),
            legend: '{{code}}',
          }],
          unit: 'ops',
          width: 12,
        }),
        series({
          title: 'Time of the tsm for an event',
          description: 'Mean.',
          queries: [{
            expr: mean('otrp_rpc_duration_seconds',
                       'job="tsm", method=~".*\\\\.Apply"'),
            legend: 'Apply',
          }],
          unit: 's',
          width: 12,
        }),
      ],
    },
    {
      title: 'Webhooks',
      panels: [
        series({
          title: 'Attempts to deliver',
          description: 'By what came of them; failed ones are made again, ' +
              'dead ones never.',
          queries: [{
            expr: sum(rate(`otrp_webhook_deliveries_total{${mine}}`), 'result'),
            legend: '{{result}}',
          }],
          unit: 'ops',
        }),
        series({
          title: 'Events to be delivered',
          description: 'Those that wait for another attempt among them.',
          queries: [{
            expr: max(`otrp_webhook_pending{${mine}}`),
            legend: 'pending',
          }],
          unit: 'none',
        }),
        series({
          title: 'Oldest event that is due',
          description: 'How late it is; zero: none is.',
          queries: [{
            expr: max(`otrp_webhook_lateness_seconds{${mine}}`),
            legend: 'late',
          }],
          unit: 's',
        }),
      ],
    },
    {
      title: 'Service providers at work',
      panels: [
        series({
          title: 'Changes by kind',
          description: 'Calls that change something, whatever came of them.',
          queries: [{
            expr: sum(rate(calls(
                '(Create|Enroll|Push|Release|Withdraw|Assign|Unassign).*')),
                      'method'),
            legend: '{{method}}',
          }],
          unit: 'ops',
        }),
        auditEvents(mine),
        sealLag(mine),
      ],
    },
    rpc('sp_portal'),
    database('sp_portal'),
    processRow('sp_portal'),
  ],
};
