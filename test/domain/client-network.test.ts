import { describe, expect, test } from '@jest/globals';
import { clientNetwork } from '../../src/domain/client-network.js';

describe('The network that a client is counted by', () => {
  test.each([
    ['an IPv4 address', '203.0.113.7', '203.0.113.7'],
    ['the same, mapped into IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['the same, mapped and in hexadecimal', '::FFFF:cb00:7107', '203.0.113.7'],
    ['the same, by the prefix of RFC 6052', '64:ff9b::203.0.113.7', '203.0.113.7'],
    ['the same, with the port that a proxy added', '203.0.113.7:50312', '203.0.113.7'],
    ['an IPv6 address', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['another of the same /64', '2001:DB8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['another, in brackets and with a port', '[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
    ['one with a zone', 'fe80::1%eth0', 'fe80::/64'],
    ['the loopback', '::1', '::/64'],
  ])('of %s', (_name, ipAddress, network) => {
    expect(clientNetwork(ipAddress)).toBe(network);
  });

  test('is not that of the next /64', () => {
    expect(clientNetwork('2001:db8:1:3::1')).not.toBe(clientNetwork('2001:db8:1:2::1'));
  });

  test.each([
    null,
    '',
    'unknown',
    '<script>',
    '203.0.113',
    '0xcb.0.113.7',
    '203.0.113.07',
    '203.0.113.7:x',
    'a:1',
    ':::',
  ])('is one and the same for all that is no address: %p', (ipAddress) => {
    expect(clientNetwork(ipAddress)).toBe('unknown');
  });
});
