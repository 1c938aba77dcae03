#include "tls_words.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/* OpenSSL's reasons that a student meets, said plainly. */
static const struct {
    int reason;
    const char *words;
} reasons[] = {
    {SSL_R_WRONG_VERSION_NUMBER, "the other side does not speak TLS here (plain text?)"},
    {SSL_R_HTTP_REQUEST, "the other side does not speak TLS here (plain text?)"},
    {SSL_R_PACKET_LENGTH_TOO_LONG, "the other side does not speak TLS here (plain text?)"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "the other side speaks only a TLS version that is too old"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the other side wants another version of TLS"},
    {SSL_R_NO_SHARED_CIPHER, "no cipher in common"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "the other side found nothing in common (handshake failure)"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the client refused the server's certificate: unknown authority"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the client refused the server's certificate (bad certificate)"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the client refused the server's certificate: it is expired"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
     "the client refused the server's certificate (certificate unknown)"},
};

const char *tls_words_reason(void) {
    unsigned long error = ERR_peek_error();
    const char *words = ERR_reason_error_string(error);

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == reasons[i].reason)
            return reasons[i].words;
    return words != NULL ? words : "no reason given";
}

int tls_words_untrusted(const SSL *ssl, const char *host, struct err *e) {
    long verdict = SSL_get_verify_result(ssl);
    bool wrong_name = verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;

    if (verdict == X509_V_OK || SSL_is_server(ssl) || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE)
        return 0;
    if (wrong_name && host != NULL)
        return err_set(e, ERR_TLS, "the server's certificate is not for %s: %s", host,
                       X509_verify_cert_error_string(verdict));
    return err_set(e, ERR_TLS, "the server's certificate is not trusted: %s",
                   X509_verify_cert_error_string(verdict));
}
