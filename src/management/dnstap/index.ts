/** The codec of dnstap: messages as Protocol Buffers, in Frame Streams. */
export * from './control-frames.ts'
export * from './dnstap-message.ts'
