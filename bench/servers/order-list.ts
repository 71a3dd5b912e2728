/**
 * An application on the library that answers a list of orders: `guarded`, with a rule on three fields of each, or `open`,
 * the same schema without directives.
 */
import { createAuthServer } from '../../src/index.js';

const ROWS = 200;

const rules =
  process.argv[2] === 'guarded' ? ['@auth', '@hasRole(anyOf: [ADMIN])', '@owner(field: "customerId")'] : ['', '', ''];
const [ofTotal = '', ofNote = '', ofAddress = ''] = rules;

interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly total: number;
  readonly note: string;
  readonly address: string;
}

const makeOrder = (customerId: string, number: number): Order => ({
  ...{ id: `order-${number}`, customerId, total: number * 100 },
  ...{ note: 'Leave it at the door', address: '1 Main Street, Springfield' },
});

/** Of each customer, made once: what is measured is how they are answered. */
const ordersOf = new Map<string, readonly Order[]>();

function listOrders(customerId: string): readonly Order[] {
  const known = ordersOf.get(customerId);
  if (known !== undefined) return known;
  const orders = Array.from({ length: ROWS }, (_, number) => makeOrder(customerId, number));
  ordersOf.set(customerId, orders);
  return orders;
}

const server = await createAuthServer({
  typeDefs: `
    type Order { id: ID! customerId: ID! total: Int ${ofTotal} note: String ${ofNote} address: String ${ofAddress} }
    extend type Query { orders: [Order!] }
  `,
  resolvers: { Query: { orders: (_source, _arguments, { principal }) => listOrders(principal?.userId ?? 'nobody') } },
});
const { url } = await server.listen();
console.log(url);
const stop = (): void => void server.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
