/* What a compiler makes of derivatives written by hand: the limit for the works of works.py.
 *
 * cc -O3 -march=native -ffast-math -fopenmp limits.c -o limits -lm; ./limits WORK SECONDS THREADS
 * prints {"seconds": …, "value": …}, or null for a work that it does not do (matrix products belong to a BLAS).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const double C1 = 0.6180339887498949, C2 = 0.7548776662466927, C3 = 0.5698402909980532;
static int threads = 1;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* low + width frac(i c) for i = 1 … n */
static double *weyl(long n, double c, double low, double width) {
    double *out = malloc(n * sizeof *out);
    for (long i = 0; i < n; i++) {
        double t = c * (double)(i + 1);
        out[i] = low + width * (t - floor(t));
    }
    return out;
}

/* cos that cannot be paired with the sin of the same argument: compilers make one scalar call of such a pair, and the
 * loop around it is not vectorized then */
static inline double cosine(double x) { return sin(x + 1.5707963267948966); }

/* Value and gradient of the test function. */
static inline double test(double x, double y, double z, double *fx, double *fy, double *fz) {
    double q = 1 / (1 + z * z), e = exp(-x * x * q), s = sin(x * y) * e, c = cosine(x * y) * e;
    double m = 1 + x * x * y * y, l = log(m), k = 1 / (2 + cosine(z)), d = x - y, g = 1 / (1 + exp(-z));
    double t = 1 / (z * z + 3), w = sin(x), z3 = z * z * z, p = 2 * x * y * k / m, h = 3 * d * d * g;
    *fx = c * y - 2 * x * q * s + p * y + h - y * t + z3 * z * cosine(x);
    *fy = c * x + p * x - h - x * t;
    *fz = 2 * x * x * z * q * q * s + l * k * k * sin(z) + d * d * d * g * (1 - g) + 2 * x * y * z * t * t + 4 * z3 * w;
    return s + l * k + d * d * d * g - x * y * t + z3 * z * w;
}

static long n;
static double *x, *y, *z, *gx, *gy, *gz, *out;
/* volatile: what is not known when compiling cannot be computed then */
static volatile double px = 1.25, py = 0.75, pz = -0.5, pp = 0.02;

static double one_point(void) {
    double a, b, c, value = test(px, py, pz, &a, &b, &c);
    px = 1.25 + 0 * a; /* the next point waits for this one, as in an iteration */
    return value + 0 * (b + c);
}

static double many_points(void) {
    double total = 0;
#pragma omp parallel for simd reduction(+ : total) num_threads(threads)
    for (long i = 0; i < n; i++) total += out[i] = test(x[i], y[i], z[i], gx + i, gy + i, gz + i);
    return total;
}

static double square(void) {
    double total = 0, by_z = 0;
#pragma omp simd reduction(+ : total, by_z)
    for (long i = 0; i < n; i++) {
        total += x[i] * x[i] + 2 * 5.0;
        by_z += 2;
        gx[i] = 2 * x[i];
    }
    return total + 0 * by_z;
}

static double wave(void) {
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (long i = 0; i < n; i++) {
        double e = exp(-x[i] * x[i]), s = sin(x[i]);
        total += s * e;
        gx[i] = (cosine(x[i]) - 2 * x[i] * s) * e;
    }
    return total;
}

static double rosen(void) {
    double r = x[1] - x[0] * x[0], total = 100 * r * r + (1 - x[0]) * (1 - x[0]);
    gx[0] = -400 * x[0] * r - 2 * (1 - x[0]);
#pragma omp simd reduction(+ : total)
    for (long i = 1; i < n - 1; i++) {
        double r = x[i + 1] - x[i] * x[i], before = x[i] - x[i - 1] * x[i - 1], s = 1 - x[i];
        total += 100 * r * r + s * s;
        gx[i] = 200 * before - 400 * x[i] * r - 2 * s;
    }
    gx[n - 1] = 200 * (x[n - 1] - x[n - 2] * x[n - 2]);
    return total;
}

static double hessian(void) {
    double total = 0;
    memset(gx, 0, n * n * sizeof *gx);
    for (long i = 0; i + 1 < n; i++) {
        gx[i * n + i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
        gx[(i + 1) * n + i + 1] += 200;
        gx[i * n + i + 1] = gx[(i + 1) * n + i] = -400 * x[i];
    }
    for (long i = 0; i < n; i++)
        total += gx[i * n + i] + (i + 1 < n ? 2 * gx[i * n + i + 1] : 0);
    return total;
}

static double product(void) {
    double total = gx[0] = (1200 * x[0] * x[0] - 400 * x[1] + 2) * y[0] - 400 * x[0] * y[1];
#pragma omp simd reduction(+ : total)
    for (long i = 1; i < n - 1; i++) {
        double middle = 1200 * x[i] * x[i] - 400 * x[i + 1] + 202;
        total += gx[i] = middle * y[i] - 400 * (x[i] * y[i + 1] + x[i - 1] * y[i - 1]);
    }
    return total + (gx[n - 1] = 200 * y[n - 1] - 400 * x[n - 2] * y[n - 2]);
}

/* Forward mode: one input. */
static double loop(void) {
    double v = 1, dv = 0, p = pp;
    for (int i = 0; i < 10000; i++) {
        double s = sin(v), c = cos(v);
        dv -= 0.01 * (s + c * dv * p);
        v -= 0.01 * s * p;
    }
    pp = 0.02 + 0 * dv;
    return v;
}

static void inputs(long count, double low, double width) {
    n = count;
    x = weyl(n, C1, low, width);
    gx = calloc(n, sizeof *gx);
}

int main(int count, char **words) {
    const char *work = count > 1 ? words[1] : "";
    double seconds = count > 2 ? atof(words[2]) : 1, (*call)(void) = NULL;
    threads = count > 3 ? atoi(words[3]) : 1;
    int is_memory = !strcmp(work, "memory");
    if (!strcmp(work, "gradient")) call = one_point;
    if (!strncmp(work, "points", 6) || is_memory) {
        call = many_points;
        inputs(is_memory ? 10000000 : 1000000, 0.5, 1);
        y = weyl(n, C2, -1, 2), z = weyl(n, C3, -2, 4);
        gy = calloc(n, sizeof *gy), gz = calloc(n, sizeof *gz), out = calloc(n, sizeof *out);
    }
    if (!strcmp(work, "square")) call = square, inputs(25000000, -1, 2);
    if (!strcmp(work, "wave")) call = wave, inputs(10000000, -1, 2);
    if (!strcmp(work, "rosen1")) call = rosen, inputs(1000, -1, 2);
    if (!strcmp(work, "rosen2")) call = rosen, inputs(100000, -1, 2);
    if (!strcmp(work, "hessian")) call = hessian, inputs(200, -1, 2), gx = calloc(n * n, sizeof *gx);
    if (!strcmp(work, "hvp")) call = product, inputs(100000, -1, 2), y = weyl(n, C2, 0, 1);
    if (!strcmp(work, "loop")) call = loop;
    if (!call) return puts("null"), 0;
    double value = call(), best = INFINITY, begun = now();
    long batch = 1, runs = 0;
    for (double took = 0; took < 1e-5; batch *= 2) {
        double start = now();
        for (long i = 0; i < batch; i++) value = call();
        took = now() - start;
    }
    while (runs++ < 5 || now() - begun < seconds) {
        double start = now();
        for (long i = 0; i < batch; i++) value = call();
        best = fmin(best, (now() - start) / batch);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (is_memory) best = usage.ru_maxrss / 1024.0, value = 0;
    printf("{\"seconds\": %.9g, \"value\": %.17g}\n", best, value);
    return 0;
}
