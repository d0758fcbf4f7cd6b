import { series, stat } from './build';
import type { DashboardSpec } from './build';
import {
  auditEvents, crls, database, glance, instanceVariable, of, processRow,
  rpc, sealLag, starts,
} from './parts';
import { increase, max, min, quantile, rate, share, sum } from './promql';

const mine = of('ca');

function calls(method: string, more = ''): string {
  return `otrp_rpc_handled_total{${mine}, method=~".*\\\\.${method}"${more}}`;
}

export const ca: DashboardSpec = {
  name: 'ca',
  title: 'ca',
  description: 'The authorities: certificates, revocation, CRL and OCSP.',
  tags: ['service'],
  variables: [instanceVariable('ca')],
  marks: starts(mine),
  rows: [
    glance(
        'ca',
        stat({
          title: 'Certificates issued',
          description: 'In the time range shown.',
          queries: [{
            expr: sum(increase(calls('IssueCertificate', ', code="OK"'))),
          }],
          unit: 'short',
          decimals: 0,
        }),
        stat({
          title: 'First CRL to expire',
          description: 'Time until the first nextUpdate of all.',
          queries: [{
            expr: `${min(`otrp_crl_expiry_timestamp_seconds{${mine}}`)} ` +
                '- time()',
          }],
          unit: 's',
          limits: [[-Infinity, 'red'], [3600, 'green']],
        }),
        stat({
          title: 'OCSP: 95% within',
          description: 'Time of GetOcspResponse, 95th percentile.',
          queries: [{
            expr: quantile(0.95, 'otrp_rpc_duration_seconds',
                           `${mine}, method=~".*\\\\.GetOcspResponse"`),
          }],
          unit: 's',
          limits: [[0.05, 'red']],
          graph: true,
        }),
        stat({
          title: 'Revocation asked for',
          description: 'CRL and OCSP calls per second.',
          queries: [{
            expr: sum(rate(calls('(GetCrl|GetOcspResponse)'))),
          }],
          unit: 'reqps',
          graph: true,
        })),
    {
      title: 'Certificates and revocation',
      panels: [
        series({
          title: 'Certificates: issued, revoked, not issued',
          description: 'By the status of the call. INVALID_ARGUMENT: the ' +
              'request did not fit its profile.',
          queries: [
            {
              expr: sum(rate(calls('IssueCertificate')), 'code'),
              legend: 'issue {{code}}',
            },
            {
              expr: sum(rate(calls('RevokeCertificate')), 'code'),
              legend: 'revoke {{code}}',
            },
          ],
          unit: 'ops',
        }),
        series({
          title: 'CRL and OCSP',
          description: 'Asked for by the gateway for others, by the tsm for ' +
              'its staples, by the verifier.',
          queries: [
            { expr: sum(rate(calls('GetCrl'))), legend: 'CRL' },
            { expr: sum(rate(calls('GetOcspResponse'))), legend: 'OCSP' },
            {
              expr: sum(rate(`otrp_ocsp_responses_signed_total{${mine}}`)),
              legend: 'OCSP responses signed',
            },
            {
              expr: sum(rate(`otrp_ca_crls_signed_total{${mine}}`)),
              legend: 'CRLs signed',
            },
          ],
          unit: 'reqps',
        }),
        series({
          title: 'OCSP: time of an answer',
          description: 'A fresh one is signed, a stored one is only read.',
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, 'otrp_rpc_duration_seconds',
                           `${mine}, method=~".*\\\\.GetOcspResponse"`),
            legend: `${q * 100}%`,
          })),
          unit: 's',
          limits: [[0.05, 'red']],
        }),
        crls(mine, 8),
        series({
          title: 'Next certificate of a profile to end',
          description: 'Of those that are neither revoked nor replaced by a ' +
              'newer one of the same names.',
          queries: [{
            expr: `${min(`otrp_ca_profile_earliest_end_timestamp_seconds{` +
                `${mine}} > 0`, 'profile')} - time()`,
            legend: '{{profile}}',
          }],
          unit: 's',
        }),
        series({
          title: 'Share of issue calls that failed',
          description: 'Whoever was at fault.',
          queries: [{
            expr: share(sum(rate(calls('IssueCertificate', ', code!="OK"'))),
                        sum(rate(calls('IssueCertificate')))),
            legend: 'failed',
          }],
          unit: 'percentunit',
        }),
        series({
          title: 'CPU per call',
          description: 'All CPU time of the process over all its calls.',
          queries: [{
            expr: `${sum(rate(`otrp_process_cpu_seconds_total{${mine}}`))} ` +
                `/ ${sum(rate(`otrp_rpc_handled_total{${mine}}`))}`,
            legend: 'CPU',
          }],
          unit: 's',
        }),
      ],
    },
    {
      title: 'Audit and intents',
      panels: [
        auditEvents(mine, 8),
        sealLag(mine, 8),
        series({
          title: 'Certificates intended and not signed',
          description: 'What was about to be signed when a process died is ' +
              'completed by the same request, or revoked after ten minutes.',
          queries: [{
            expr: max(`otrp_ca_intended_certificates{${mine}}`),
            legend: 'intended',
          }],
          unit: 'short',
        }),
      ],
    },
    rpc('ca'),
    database('ca'),
    processRow('ca'),
  ],
};
