/* SPDX-License-Identifier: Apache-2.0 */
/* What requests must find, by going through every offer: no index, nothing of the catalog's. */
#include "population.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static void keep_offer(void *context, uint64_t cloud, const struct bench_offer *offer)
{
    struct bench_population *all = context;
    if (all->count == all->room) {
        all->room = all->room ? 2 * all->room : 4096;
        all->offers = realloc(all->offers, all->room * sizeof *all->offers);
        all->owners = realloc(all->owners, all->room * sizeof *all->owners);
        if (!all->offers || !all->owners)
            bench_die("out of memory");
    }
    all->offers[all->count] = *offer;
    all->owners[all->count++] = (uint32_t)cloud;
}

void bench_population_draw(enum bench_set set, size_t clouds, struct bench_population *all)
{
    *all = (struct bench_population){.clouds = clouds};
    struct bench_sink sink = {all, NULL, keep_offer};
    for (size_t i = 0; i < clouds; i++)
        bench_draw(set, i, 0, &sink);
}

void bench_population_free(struct bench_population *all)
{
    free(all->offers);
    free(all->owners);
    *all = (struct bench_population){0};
}

void bench_found_cloud(struct bench_found *found, uint64_t number)
{
    struct bench_stream mixed = {number};
    found->rows++;
    found->mark += bench_next(&mixed);
}

void bench_found_row(struct bench_found *found, uint64_t number, unsigned price)
{
    struct bench_stream mixed = {found->mark ^ number << 20 ^ price};
    found->rows++;
    found->mark = bench_next(&mixed);
}

uint64_t bench_cloud_number(const char *name)
{
    char *end = NULL;
    uint64_t number = strncmp(name, "cloud", 5) == 0 ? strtoull(name + 5, &end, 10) : 0;
    return end && end > name + 5 && !*end ? number : UINT64_MAX;
}

struct bench_found bench_expect(const struct bench_population *all,
                                const struct bench_want *want, bool only_even)
{
    struct bench_found found = {0};
    uint64_t last = UINT64_MAX;
    for (size_t i = 0; i < all->count; i++)
        if (bench_meets(&all->offers[i], want) && all->owners[i] != last &&
            !(only_even && all->owners[i] % 2)) {
            last = all->owners[i];
            bench_found_cloud(&found, last);
        }
    return found;
}

/* Clouds' names in code point order: cloud10 comes before cloud2. */
static int compare_names(uint32_t a, uint32_t b)
{
    char left[16], right[16];
    snprintf(left, sizeof left, "%u", a);
    snprintf(right, sizeof right, "%u", b);
    return strcmp(left, right);
}

/* Whether offer `a` comes before `b` on a page. */
static bool comes_before(const struct bench_population *all, const struct bench_order *order,
                         size_t a, size_t b)
{
    int by = (int)all->offers[a].price - (int)all->offers[b].price;
    if (by)
        return order->price_down ? by > 0 : by < 0;
    by = compare_names(all->owners[a], all->owners[b]);
    return order->name_down ? by > 0 : by < 0;
}

struct bench_found bench_expect_page(const struct bench_population *all,
                                     const struct bench_request *request)
{
    size_t best[2 * BENCH_PAGE], count = 0, wanted = request->order.offset + BENCH_PAGE;
    for (size_t i = 0; i < all->count; i++) {
        if (!bench_meets(&all->offers[i], &request->want))
            continue;
        size_t at = count;
        while (at && comes_before(all, &request->order, i, best[at - 1]))
            at--;
        if (at == wanted)
            continue;
        count += count < wanted;
        memmove(best + at + 1, best + at, (count - at - 1) * sizeof *best);
        best[at] = i;
    }
    struct bench_found found = {0};
    for (size_t i = request->order.offset; i < count; i++)
        bench_found_row(&found, all->owners[best[i]], all->offers[best[i]].price);
    return found;
}
