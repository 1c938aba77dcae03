/*
 * tls_ca - the inside of an authority, for the two files that make (tls_cert) and keep (tls_keep) one.
 */
#ifndef SMTPLAB_TLS_CA_H
#define SMTPLAB_TLS_CA_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct tls_ca {
    EVP_PKEY *key;
    X509 *cert;
};

#endif
