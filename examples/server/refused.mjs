/** What this server refuses for a reason of its own: answered with `status`, logged with `code`. */
export class Refused extends Error {
  constructor(code, status = 400) {
    super(code)
    this.code = code
    this.status = status
  }
}
