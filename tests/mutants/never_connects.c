/* A client that forgets to connect. */
int main(void) {
    return 0;
}
