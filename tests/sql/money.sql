-- Facts about money in SQL: one statement a line, each gives 1. Run by tests/e2e/test_queries.py.
select money_add('0.1', '0.2') = '0.3' as fact
select money_add('0.0000000000000000000000000001', '1') = '1.0000000000000000000000000001' as fact
select money_sub('1', '1.00') in ('0', '0.00') as fact
select money_mul('1.5', '-2') in ('-3', '-3.00', '-3.0') as fact
select money_mul('0.00000000000001', '0.00000000000001') = '0.0000000000000000000000000001' as fact
select money_add(null, '1') is null and money_sub('1', null) is null and money_mul(null, null) is null as fact
select money_ratio('1', '4') = 0.25 and money_ratio('1', '0') is null as fact
select money_div('1', '3', 4) = '0.3333' and money_div('2', '3', 4) = '0.6667' as fact
select money_div('1', '8', 2) = '0.12' and money_div('3', '8', 2) = '0.38' as fact
select money_div('-1', '8', 2) = '-0.12' and money_div('1', '0', 2) is null as fact
select money_round('0.125', 'USD') = '0.12' and money_round('0.135', 'USD') = '0.14' as fact
select money_round('-0.125', 'USD') = '-0.12' and money_sign(money_round('0.005', 'EUR')) = 0 as fact
select money_round('0.5', 'JPY') = '0' and money_round('1.5', 'JPY') = '2' as fact
select money_sign('-0.01') = -1 and money_sign('0.000') = 0 and money_sign('5E-9') = 1 as fact
select money_sum(x) = '0.3' as fact from (select '0.1' as x union all select '0.2' union all select null)
select money_sum(x) is null or money_sum(x) in ('0', '0.00') as fact from (select '1' as x where 0)
select group_concat(x) = '-1,9,10,1E2' as fact from (select x from (select '10' as x union all select '9' union all select '1E2' union all select '-1') order by x collate money)
select '1.50' = '1.5' collate money as fact
select '9' < '10' collate money and '-2' < '-1' collate money as fact
select count(*) = 2 as fact from (select x from (select '1.0' as x union all select '1.00' union all select '2') group by x collate money)
select group_concat(s) = '1,3,6' as fact from (select money_sum(x) over (order by n) as s from (select 1 as n, '1' as x union all select 2, '2' union all select 3, '3'))
with v(x) as (values ('0'), ('-0.5'), ('0.50'), ('0.5'), ('12'), ('12.0'), ('12.01'), ('-12.01'), ('-3'), ('-3.000'), ('99999999999999999999.5'), ('1e3'), ('1000'), ('999.999'), ('-1000.1'), ('-1000.10'), ('0.000000000001'), ('00.5'), ('-0'), ('+7')) select count(*) = 400 and count(*) = sum(money_sign(money_sub(a.x, b.x)) = (a.x > b.x collate money) - (a.x < b.x collate money)) as fact from v a, v b
