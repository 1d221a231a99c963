import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isXenImageError } from '../../../../src/errors.js';
import { parseVif, type VifSpec } from '../../../../src/config/text/index.js';
import { refusalOf, specOf, without } from '../helpers.js';

function vif(spec: string): Omit<VifSpec, 'pairs'> {
  return without(parseVif(spec), 'pairs');
}

describe('parseVif', () => {
  const specs: [spec: string, vif: Omit<VifSpec, 'pairs'>][] = [
    ['', {}],
    [' , ,', {}],
    [
      'mac=00:16:3E:74:3d:76,model=rtl8139,bridge=xenbr0',
      { mac: '00:16:3e:74:3d:76', model: 'rtl8139', bridge: 'xenbr0' },
    ],
    ['type=ioemu, bridge=xenbr0', { type: 'ioemu', bridge: 'xenbr0' }],
    ['type=vif', { type: 'vif' }],
    ['type=netfront', { type: 'vif' }],
    ['type=paravirtualised', { type: 'vif' }],
    [
      'script=vif-route,ip=10.0.0.2 10.0.0.3,backend=net,vifname=web0,gatewaydev=eth0',
      { script: 'vif-route', ip: '10.0.0.2 10.0.0.3', backend: 'net', vifname: 'web0', gatewaydev: 'eth0' },
    ],
    ['netdev=eth1', { gatewaydev: 'eth1' }],
    ['devid=3,mtu=9000', { devid: 3, mtu: 9000 }],
    ['bridge=b,trusted', { bridge: 'b', trusted: true }],
    ['untrusted', { trusted: false }],
    ['accel=x,policy=p,label=l,forwarddev=f,colo_checkpoint_port=1', {}],
    ['bridge=a,bridge=b', { bridge: 'b' }],
    ['bridge = xenbr0 , model = e1000 ', { bridge: 'xenbr0', model: 'e1000' }],
    ['bridge=a=b', { bridge: 'a=b' }],
    // 10 Mbit/s over 50 ms, and the examples of xl-network-configuration(5).
    ['rate=10Mb/s', { rate: { bytesPerInterval: 62_500, intervalUs: 50_000 } }],
    ['rate=250KB/s', { rate: { bytesPerInterval: 12_500, intervalUs: 50_000 } }],
    ['rate=1MB/s@20ms', { rate: { bytesPerInterval: 20_000, intervalUs: 20_000 } }],
    ['rate=8b/s@1s', { rate: { bytesPerInterval: 1, intervalUs: 1_000_000 } }],
    ['rate=1GB/s@500us', { rate: { bytesPerInterval: 500_000, intervalUs: 500 } }],
    ['rate=1B/s@2', { rate: { bytesPerInterval: 2, intervalUs: 2_000_000 } }],
  ];
  it.each(specs)('%j', (spec, expected) => {
    expect(vif(spec)).toEqual(expected);
  });

  it('keeps what was said, with its places', () => {
    expect(parseVif('mac=00:16:3E:00:00:01, trusted').pairs).toEqual([
      { key: 'mac', value: '00:16:3E:00:00:01', keyOffset: 0, valueOffset: 4 },
      { key: 'trusted', value: null, keyOffset: 23, valueOffset: 30 },
    ]);
  });

  const refused: [spec: string, code: string, offset: number, message: RegExp][] = [
    ['bridgee=x', 'CONFIG_VIF', 0, /a vif has no `bridgee`/],
    ['mac=00:16:3e:00:00:01,brigde=x', 'CONFIG_VIF', 22, /no `brigde`/],
    ['xenbr0', 'CONFIG_VIF', 0, /no `xenbr0`/],
    ['bridge', 'CONFIG_VIF', 0, /`bridge` has no value/],
    ['trusted=1', 'CONFIG_VIF', 8, /takes no value/],
    ['type=e1000', 'CONFIG_VIF', 5, /no kind of vif/],
    ['__proto__=x', 'CONFIG_VIF', 0, /no `__proto__`/],
    ['type=__proto__', 'CONFIG_VIF', 5, /no kind/],
    ['devid=x', 'CONFIG_VIF', 6, /no number/],
    ['mtu=-1', 'CONFIG_VIF', 4, /no number/],
    ['rate=10', 'CONFIG_VIF', 5, /no rate/],
    ['rate=10mb/s', 'CONFIG_VIF', 5, /no rate/],
    ['rate=0Mb/s', 'CONFIG_VIF', 5, /outside/],
    ['rate=4294967296B/s', 'CONFIG_VIF', 5, /outside/],
    ['rate=1MB/s@0ms', 'CONFIG_VIF', 5, /outside/],
    ['rate=1MB/s@5000s', 'CONFIG_VIF', 5, /outside/],
    ['rate=1MB/s@20h', 'CONFIG_VIF', 5, /no rate/],
    ['bridge=b, mac=', 'CONFIG_MAC', 14, /empty/],
    ['mac=00:16:3e:00:00', 'CONFIG_MAC', 4, /no MAC/],
    ['mac=ff:ff:ff:ff:ff:ff', 'CONFIG_MAC', 4, /broadcast/],
  ];
  it.each(refused)('refuses %j', (spec, code, offset, message) => {
    const error = refusalOf(() => parseVif(spec));
    expect(error.code).toBe(code);
    expect(error.data).toEqual({ offset });
    expect(error.message).toMatch(message);
  });

  it('offers the nearest key', () => {
    expect(refusalOf(() => parseVif('brige=x')).hint).toMatch(/^is bridge meant\?/);
  });

  it('points at the line and column of the file', () => {
    const error = refusalOf(() => parseVif(specOf("vif = [ 'bridge=xenbr0,mac=0:1' ]")));
    expect(error.position).toEqual({ line: 1, column: 28, file: 'guest.cfg' });
  });

  it('reads any text, or refuses it with a code', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'mac=',
        'rate=',
        'type=',
        'bridge=',
        ',',
        '=',
        '1Mb/s',
        '@',
        '00:16:3e:00:00:01',
        'trusted',
        'vif',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (all) => {
        try {
          parseVif(all.join(''));
        } catch (error) {
          if (!isXenImageError(error)) throw error;
          expect(['CONFIG_VIF', 'CONFIG_MAC']).toContain(error.code);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
